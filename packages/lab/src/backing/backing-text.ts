/** docs/backing.md as text: the tables of truth-table.ts with a few words around them. A test compares the file with it. */
import { DISCARDS } from '@hintlab/host'
import { assignedRows, collapseRows, sizeRows, subPageRows, truthTable } from './truth-table.ts'

const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
type Row = readonly (string | number)[]
const table = (head: Row, rows: readonly Row[]): string[] => [line(head), line(head.map(() => '---')), ...rows.map(line)]

const HOW = { dontneed: 'MADV_DONTNEED', free: 'MADV_FREE', remove: 'MADV_REMOVE, punch hole' } as const

export function backingText(): string {
  return [
    '# What a discard frees',
    '',
    'What the host\'s memory does with a discard depends on what it is made of. The tables below come out of the model: every cell',
    'is a run of a guest of 2 MiB (1 GiB where pages are that large) that has written to all of its memory. Numbers are pages of',
    '4 KiB. `packages/lab/src/backing/backing.test.ts` fails when this file is not what the model says. The rules are those of',
    'mm/madvise.c, mm/shmem.c, mm/hugetlb.c and mm/khugepaged.c of Linux 6.x.',
    '',
    '## Backing and operation',
    '',
    '- *frees*: to the host\'s free memory. *to the pool*: a huge page that only another user of the pool can have.',
    '- *marks*: still resident; the host takes it when it is short, without writing it to swap, unless the guest touches it before.',
    '- *unmaps, keeps*: the call succeeds, and the file keeps the page: nothing is freed, and nobody says so.',
    '- *keeps, zeroed*: the contents are gone, the memory is not. *refused, keeps*: the call fails, or does nothing, or the VMM knows not to make it.',
    '- *reads*: what the guest finds when it touches the range again.',
    '',
    ...table(['memory', 'range', ...DISCARDS.map((discard) => HOW[discard])], truthTable().map(({ memory, range, cells }) => [
      memory, range, ...DISCARDS.map((discard) => cells[discard]),
    ])),
    '',
    'hugetlb is a shared mapping of a memfd; `-private` is a private one. `anon-64k` is a host with pages of 64 KiB.',
    '',
    'A run counts what came to nothing, by reason, in metrics of its own (`hintlab metrics`): `unfit` (this memory knows no such call), `partial` (less than a',
    'page of the host), `pinned` (an assigned device holds it), `kept`, `zeroed` and `lazy`. A hint of the first three kinds is answered as ignored.',
    '',
    ...sizesText(),
    '## Guest pages smaller than host pages',
    '',
    'A balloon takes pages of 4 KiB. On a host with pages of 64 KiB the VMM gathers them, one host page at a time and no longer than a request, as QEMU does',
    '(PartiallyBalloonedPage).',
    '',
    ...table(['what the guest gives', 'frees'], subPageRows().map(({ how, freed }) => [how, freed])),
    '',
    '## khugepaged',
    '',
    'Pages of a huge page are discarded one by one; then the guest uses one of the others, and khugepaged passes by.',
    '',
    ...table(['discarded of 512', 'max_ptes_none', 'resident afterwards', 'huge again'], collapseRows().map((row) => [
      row.discarded, row.noneMax, row.resident, row.huge ? 'yes' : 'no',
    ])),
    '',
    ...assignedText(),
  ].join('\n')
}

function sizesText(): string[] {
  return [
    '## What a touch maps',
    '',
    'The size of the SPTE is that of the host\'s mapping where the memslot and the memory behind it lie alike in it, and a single page while a migration logs',
    'writes (kvm_mmu_hugepage_adjust). An invalidation of a part takes all of the SPTE (tdp_mmu_zap_leafs); the next touch maps what is there then.',
    '',
    ...table(['memory', 'a touch maps', 'while writes are logged', 'after a discard of 4 KiB near by'], sizeRows().map((row) => [
      row.memory, row.touch, row.logged, row.holed,
    ])),
    '',
  ]
}

function assignedText(): string[] {
  return [
    '## An assigned device',
    '',
    'All memory is pinned for a device that writes by itself. 2 MiB are discarded, the guest writes one of the pages again, and the device writes to it before',
    'and after. *lost frames* are allocated and nobody\'s.',
    '',
    '- *inhibit* is what QEMU does: while VFIO has a device, discards are off, those of a balloon too, and requests are answered and not carried out.',
    '- *ignore*: requests are served, and each block is ignored, because all of it is pinned.',
    '- *unpin* takes the device\'s mapping away before the memory, and makes it again when a CPU of the guest touches the page.',
    '  A device that is the first to use a page finds none.',
    '- *unsafe* is the mistake: nobody thinks of the device.',
    '',
    ...table(['what the VMM does', 'frees', 'device writes in between', 'device writes afterwards', 'lost frames'], assignedRows().map((row) => [
      row.mode, row.freed, row.between, row.after, row.lost,
    ])),
    '',
    'In a run, `host.assigned-device` is one of these or `none`, and `host.dma-per-second` is how often the device reads or writes a page that the guest has',
    'in use. `dma`, `dma_faults` and `dma_stale` count what it met; the ghost reports each access that reaches another frame than the guest has (rule V6). The',
    'device takes no CPU time, and IOMMU unmapping and pinning are booked as nothing.',
    '',
  ]
}
