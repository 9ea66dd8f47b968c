/** Kit's buddy core, named here once: kit/src/index.ts does not list it yet, and this file goes when it does. */
export {
  BODY, BuddyCore, FREE_TAG, HEAD_MASK, MARK, NO_PAGE, ORDER_SHIFT, Place, TAG_MASK,
} from '@hintlab/kit'
