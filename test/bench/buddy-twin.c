/*
 * The yardstick of `pnpm bench buddy`: a bare buddy allocator in C on the request mix of packages/guest/src/mm/buddy.bench.ts. No zones, no
 * migratetypes, no checks; free lists are rings whose heads lie behind the pages, as in kit's BuddyCore.
 *
 *   cc -O2 buddy-twin.c && ./a.out 22        prints ns per request and the live blocks at the end, which must be those of the other side
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MAX_ORDER 10
#define FREE 0x80
#define WARMUP 5000000
#define TIMED 20000000

static int pages;
static int32_t *next, *prev;
static uint8_t *state;
static int32_t count[MAX_ORDER + 1];

static void add(int page, int order)
{
	int head = pages + order, first = next[head];
	next[page] = first;
	prev[page] = head;
	prev[first] = page;
	next[head] = page;
	state[page] = order | FREE;
	count[order]++;
}

static void del(int page, int order)
{
	int before = prev[page], behind = next[page];
	next[before] = behind;
	prev[behind] = before;
	state[page] = 0;
	count[order]--;
}

static int alloc(int order)
{
	int from = order;
	while (from <= MAX_ORDER && count[from] == 0)
		from++;
	if (from > MAX_ORDER)
		return -1;
	int page = next[pages + from];
	del(page, from);
	while (from > order) {
		from--;
		add(page + (1 << from), from);
	}
	return page;
}

static void release(int page, int order)
{
	while (order < MAX_ORDER) {
		int buddy = page ^ (1 << order);
		if (state[buddy] != (order | FREE))
			break;
		del(buddy, order);
		page &= buddy;
		order++;
	}
	add(page, order);
}

static uint32_t seed = 12345;
static uint32_t random32(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

static int32_t *live;
static uint8_t *live_order;
static int nr_live, live_max;

static void run(int requests)
{
	for (int i = 0; i < requests; i++) {
		uint32_t r = random32();
		if (nr_live < live_max * 0.8 && ((r & 1) || nr_live == 0)) {
			int order = (r >> 4) % 16 == 0 ? (r >> 8) % 10 : 0;
			int page = alloc(order);
			if (page >= 0) {
				live[nr_live] = page;
				live_order[nr_live] = order;
				nr_live++;
			}
		} else {
			int j = r % nr_live;
			release(live[j], live_order[j]);
			nr_live--;
			live[j] = live[nr_live];
			live_order[j] = live_order[nr_live];
		}
	}
}

int main(int argc, char **argv)
{
	pages = 1 << (argc > 1 ? atoi(argv[1]) : 22);
	next = calloc(pages + MAX_ORDER + 1, 4);
	prev = calloc(pages + MAX_ORDER + 1, 4);
	state = calloc(pages, 1);
	for (int order = 0; order <= MAX_ORDER; order++)
		next[pages + order] = prev[pages + order] = pages + order;
	for (int page = 0; page < pages; page += 1 << MAX_ORDER)
		add(page, MAX_ORDER);
	live_max = pages >> 1;
	live = calloc(live_max, 4);
	live_order = calloc(live_max, 1);
	run(WARMUP);
	struct timespec a, b;
	clock_gettime(CLOCK_MONOTONIC, &a);
	run(TIMED);
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("%f %d\n", ((b.tv_sec - a.tv_sec) * 1e9 + (b.tv_nsec - a.tv_nsec)) / TIMED, nr_live);
	return 0;
}
