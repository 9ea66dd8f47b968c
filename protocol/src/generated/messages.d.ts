import * as $protobuf from "protobufjs/minimal.js";

/** Namespace hintlab. */
export namespace hintlab {

    /** What a request asks of the host. */
    enum RequestKind {

        /** Not a request. The absent field reads as this, so a batch without a kind is rejected. */
        REQUEST_KIND_UNSPECIFIED = 0,

        /** The blocks are free for the time of the request: the host may drop their contents, and the guest uses them again after the answer. */
        REQUEST_KIND_REPORT = 1,

        /** The blocks are given to the host until a deflate request names them. */
        REQUEST_KIND_INFLATE = 2,

        /** The guest takes the blocks back. */
        REQUEST_KIND_DEFLATE = 3,

        /** The blocks are free while the run command_id of free page hinting lasts. */
        REQUEST_KIND_HINT = 4,

        /** Begins the run command_id, or ends it with 0. No blocks. */
        REQUEST_KIND_HINT_COMMAND = 5
    }

    /** How a request ended. */
    enum Status {

        /** Not an answer. */
        STATUS_UNSPECIFIED = 0,

        /** Every entry was accepted or, by the host's policy, ignored. */
        STATUS_OK = 1,

        /** Some entries were rejected: outside the memory slots, not aligned to their order, of no known order. */
        STATUS_PARTLY = 2,

        /** The request could not be read, or its kind is unknown. */
        STATUS_REJECTED = 3,

        /** The host may not discard at present (assigned device, postcopy): nothing was done. */
        STATUS_INHIBITED = 4
    }

    /**
     * Properties of a HintBatch.
     * @deprecated Use hintlab.HintBatch.$Properties instead.
     */
    interface IHintBatch extends hintlab.HintBatch.$Properties {
    }

    /** A batch of blocks, each of 2^order pages of 4096 bytes starting at page frame number pfn. */
    class HintBatch {

        /**
         * Constructs a new HintBatch.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.HintBatch.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** The run this batch belongs to. A host that has started another run drops the batch as stale. */
        commandId: number;

        /** HintBatch kind. */
        kind: hintlab.RequestKind;

        /** First page of each block. */
        pfn: number[];

        /** Order of each block, one byte per entry. */
        order: Uint8Array;

        /**
         * One byte per entry for interfaces that say more about a block than its size. No preset sends it yet, and a reader that does not know
         * it skips it.
         */
        flags?: (Uint8Array|null);

        /** A number of the whole batch for an interface under development, which says what it means (docs/tutorial.md). 0 where it says nothing. */
        extra: number;

        /**
         * Encodes the specified HintBatch message. Does not implicitly {@link hintlab.HintBatch.verify|verify} messages.
         * @param message HintBatch message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.HintBatch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a HintBatch message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.HintBatch & hintlab.HintBatch.$Shape} HintBatch
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.HintBatch & hintlab.HintBatch.$Shape;
    }

    namespace HintBatch {

        /** Properties of a HintBatch. */
        interface $Properties {

            /** The run this batch belongs to. A host that has started another run drops the batch as stale. */
            commandId?: (number|null);

            /** HintBatch kind */
            kind?: (hintlab.RequestKind|null);

            /** First page of each block. */
            pfn?: (number[]|null);

            /** Order of each block, one byte per entry. */
            order?: (Uint8Array|null);

            /**
             * One byte per entry for interfaces that say more about a block than its size. No preset sends it yet, and a reader that does not know
             * it skips it.
             */
            flags?: (Uint8Array|null);

            /** A number of the whole batch for an interface under development, which says what it means (docs/tutorial.md). 0 where it says nothing. */
            extra?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a HintBatch. */
        type $Shape = hintlab.HintBatch.$Properties;
    }

    /**
     * Properties of a HintAnswer.
     * @deprecated Use hintlab.HintAnswer.$Properties instead.
     */
    interface IHintAnswer extends hintlab.HintAnswer.$Properties {
    }

    /** The answer to one batch. accepted + rejected + ignored is the number of its entries, unless it could not be read. */
    class HintAnswer {

        /**
         * Constructs a new HintAnswer.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.HintAnswer.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** HintAnswer status. */
        status: hintlab.Status;

        /** Entries whose memory the host took. */
        accepted: number;

        /** Entries that name no memory the guest may hint. */
        rejected: number;

        /** Entries that the host could have taken and did not want: below its own granularity, or already discarded. */
        ignored: number;

        /** The command_id of the batch, so that an answer of another run is recognised. */
        commandId: number;

        /**
         * Encodes the specified HintAnswer message. Does not implicitly {@link hintlab.HintAnswer.verify|verify} messages.
         * @param message HintAnswer message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.HintAnswer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a HintAnswer message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.HintAnswer & hintlab.HintAnswer.$Shape} HintAnswer
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.HintAnswer & hintlab.HintAnswer.$Shape;
    }

    namespace HintAnswer {

        /** Properties of a HintAnswer. */
        interface $Properties {

            /** HintAnswer status */
            status?: (hintlab.Status|null);

            /** Entries whose memory the host took. */
            accepted?: (number|null);

            /** Entries that name no memory the guest may hint. */
            rejected?: (number|null);

            /** Entries that the host could have taken and did not want: below its own granularity, or already discarded. */
            ignored?: (number|null);

            /** The command_id of the batch, so that an answer of another run is recognised. */
            commandId?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a HintAnswer. */
        type $Shape = hintlab.HintAnswer.$Properties;
    }

    /**
     * Properties of a Statistics.
     * @deprecated Use hintlab.Statistics.$Properties instead.
     */
    interface IStatistics extends hintlab.Statistics.$Properties {
    }

    /**
     * The guest's statistics: what a request buffer of the statistics queue holds. The host answers it when it wants new ones. The columns have one
     * element per statistic; a message whose columns differ in length is malformed.
     */
    class Statistics {

        /**
         * Constructs a new Statistics.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.Statistics.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** VIRTIO_BALLOON_S_*. A host skips what it does not know. */
        tag: number[];

        /** Bytes or events, exact below 2^53. */
        value: number[];

        /**
         * Encodes the specified Statistics message. Does not implicitly {@link hintlab.Statistics.verify|verify} messages.
         * @param message Statistics message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.Statistics.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Statistics message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.Statistics & hintlab.Statistics.$Shape} Statistics
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.Statistics & hintlab.Statistics.$Shape;
    }

    namespace Statistics {

        /** Properties of a Statistics. */
        interface $Properties {

            /** VIRTIO_BALLOON_S_*. A host skips what it does not know. */
            tag?: (number[]|null);

            /** Bytes or events, exact below 2^53. */
            value?: (number[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Statistics. */
        type $Shape = hintlab.Statistics.$Properties;
    }

    /**
     * Properties of a FeatureBits.
     * @deprecated Use hintlab.FeatureBits.$Properties instead.
     */
    interface IFeatureBits extends hintlab.FeatureBits.$Properties {
    }

    /** Feature bits 0 to 63 as two words, because no file here has a 64-bit integer. protocol/src/features.ts names them. */
    class FeatureBits {

        /**
         * Constructs a new FeatureBits.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.FeatureBits.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Bits 0 to 31. */
        low: number;

        /** Bits 32 to 63. */
        high: number;

        /**
         * Encodes the specified FeatureBits message. Does not implicitly {@link hintlab.FeatureBits.verify|verify} messages.
         * @param message FeatureBits message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.FeatureBits.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a FeatureBits message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.FeatureBits & hintlab.FeatureBits.$Shape} FeatureBits
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.FeatureBits & hintlab.FeatureBits.$Shape;
    }

    namespace FeatureBits {

        /** Properties of a FeatureBits. */
        interface $Properties {

            /** Bits 0 to 31. */
            low?: (number|null);

            /** Bits 32 to 63. */
            high?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a FeatureBits. */
        type $Shape = hintlab.FeatureBits.$Properties;
    }

    /**
     * Properties of a BalloonConfig.
     * @deprecated Use hintlab.BalloonConfig.$Properties instead.
     */
    interface IBalloonConfig extends hintlab.BalloonConfig.$Properties {
    }

    /**
     * The configuration space as one side saw it, in the order of its bytes. On the device each number is a little-endian 32-bit word. A field
     * whose feature was not negotiated does not exist there, and is 0 here.
     */
    class BalloonConfig {

        /**
         * Constructs a new BalloonConfig.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.BalloonConfig.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Pages of 4096 bytes that the host wants in the balloon. Written by the device. */
        numPages: number;

        /** Pages of 4096 bytes that the guest has put there. Written by the driver after each batch. */
        actual: number;

        /** The run of free page hinting that the host wants: 0 stop, 1 done, else the id of a run. Exists with FREE_PAGE_HINT. */
        freePageHintCmdId: number;

        /** What the guest fills free pages with, four bytes of it. Exists with PAGE_POISON, written before DRIVER_OK only. */
        poisonVal: number;

        /** The negotiated features. Absent where the reader of the configuration did not know them. */
        features?: (hintlab.FeatureBits.$Properties|null);

        /**
         * Encodes the specified BalloonConfig message. Does not implicitly {@link hintlab.BalloonConfig.verify|verify} messages.
         * @param message BalloonConfig message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.BalloonConfig.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a BalloonConfig message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.BalloonConfig & hintlab.BalloonConfig.$Shape} BalloonConfig
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.BalloonConfig & hintlab.BalloonConfig.$Shape;
    }

    namespace BalloonConfig {

        /** Properties of a BalloonConfig. */
        interface $Properties {

            /** Pages of 4096 bytes that the host wants in the balloon. Written by the device. */
            numPages?: (number|null);

            /** Pages of 4096 bytes that the guest has put there. Written by the driver after each batch. */
            actual?: (number|null);

            /** The run of free page hinting that the host wants: 0 stop, 1 done, else the id of a run. Exists with FREE_PAGE_HINT. */
            freePageHintCmdId?: (number|null);

            /** What the guest fills free pages with, four bytes of it. Exists with PAGE_POISON, written before DRIVER_OK only. */
            poisonVal?: (number|null);

            /** The negotiated features. Absent where the reader of the configuration did not know them. */
            features?: (hintlab.FeatureBits.$Properties|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a BalloonConfig. */
        type $Shape = hintlab.BalloonConfig.$Properties;
    }

    /**
     * Properties of a Descriptor.
     * @deprecated Use hintlab.Descriptor.$Properties instead.
     */
    interface IDescriptor extends hintlab.Descriptor.$Properties {
    }

    /** One buffer of a chain. */
    class Descriptor {

        /**
         * Constructs a new Descriptor.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.Descriptor.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Guest physical address of its first byte. */
        gpa: number;

        /** Length in bytes. */
        len: number;

        /** As in the descriptor table: 1 another one follows, 2 the device writes it, 4 it holds a table of further descriptors. */
        flags: number;

        /**
         * Encodes the specified Descriptor message. Does not implicitly {@link hintlab.Descriptor.verify|verify} messages.
         * @param message Descriptor message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.Descriptor.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Descriptor message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.Descriptor & hintlab.Descriptor.$Shape} Descriptor
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.Descriptor & hintlab.Descriptor.$Shape;
    }

    namespace Descriptor {

        /** Properties of a Descriptor. */
        interface $Properties {

            /** Guest physical address of its first byte. */
            gpa?: (number|null);

            /** Length in bytes. */
            len?: (number|null);

            /** As in the descriptor table: 1 another one follows, 2 the device writes it, 4 it holds a table of further descriptors. */
            flags?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Descriptor. */
        type $Shape = hintlab.Descriptor.$Properties;
    }

    /**
     * Properties of a DescriptorChain.
     * @deprecated Use hintlab.DescriptorChain.$Properties instead.
     */
    interface IDescriptorChain extends hintlab.DescriptorChain.$Properties {
    }

    /** The driver made a chain of buffers available. */
    class DescriptorChain {

        /**
         * Constructs a new DescriptorChain.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.DescriptorChain.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Index of the queue in its device. */
        queue: number;

        /** The id under which the chain comes back: the index of its first descriptor, or the buffer id of a packed ring. */
        head: number;

        /**
         * In chain order: first what the device reads, then what it writes. A descriptor with flag 4 is followed by the entries of its table, where
         * the observer could read that; without such a descriptor the chain is given as its buffers alone.
         */
        descriptors: hintlab.Descriptor.$Properties[];

        /**
         * Encodes the specified DescriptorChain message. Does not implicitly {@link hintlab.DescriptorChain.verify|verify} messages.
         * @param message DescriptorChain message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.DescriptorChain.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a DescriptorChain message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.DescriptorChain & hintlab.DescriptorChain.$Shape} DescriptorChain
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.DescriptorChain & hintlab.DescriptorChain.$Shape;
    }

    namespace DescriptorChain {

        /** Properties of a DescriptorChain. */
        interface $Properties {

            /** Index of the queue in its device. */
            queue?: (number|null);

            /** The id under which the chain comes back: the index of its first descriptor, or the buffer id of a packed ring. */
            head?: (number|null);

            /**
             * In chain order: first what the device reads, then what it writes. A descriptor with flag 4 is followed by the entries of its table, where
             * the observer could read that; without such a descriptor the chain is given as its buffers alone.
             */
            descriptors?: (hintlab.Descriptor.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a DescriptorChain. */
        type $Shape = hintlab.DescriptorChain.$Properties;
    }

    /**
     * Properties of a Kick.
     * @deprecated Use hintlab.Kick.$Properties instead.
     */
    interface IKick extends hintlab.Kick.$Properties {
    }

    /** The driver told the device to look at a queue. */
    class Kick {

        /**
         * Constructs a new Kick.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.Kick.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Kick queue. */
        queue: number;

        /**
         * Encodes the specified Kick message. Does not implicitly {@link hintlab.Kick.verify|verify} messages.
         * @param message Kick message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.Kick.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Kick message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.Kick & hintlab.Kick.$Shape} Kick
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.Kick & hintlab.Kick.$Shape;
    }

    namespace Kick {

        /** Properties of a Kick. */
        interface $Properties {

            /** Kick queue */
            queue?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Kick. */
        type $Shape = hintlab.Kick.$Properties;
    }

    /**
     * Properties of a UsedElement.
     * @deprecated Use hintlab.UsedElement.$Properties instead.
     */
    interface IUsedElement extends hintlab.UsedElement.$Properties {
    }

    /** The device returned a chain. */
    class UsedElement {

        /**
         * Constructs a new UsedElement.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.UsedElement.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** UsedElement queue. */
        queue: number;

        /** The head of the chain, as the device wrote it. A hostile device may name one that was never made available. */
        head: number;

        /** Bytes the device says it wrote. */
        len: number;

        /**
         * Encodes the specified UsedElement message. Does not implicitly {@link hintlab.UsedElement.verify|verify} messages.
         * @param message UsedElement message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.UsedElement.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a UsedElement message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.UsedElement & hintlab.UsedElement.$Shape} UsedElement
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.UsedElement & hintlab.UsedElement.$Shape;
    }

    namespace UsedElement {

        /** Properties of a UsedElement. */
        interface $Properties {

            /** UsedElement queue */
            queue?: (number|null);

            /** The head of the chain, as the device wrote it. A hostile device may name one that was never made available. */
            head?: (number|null);

            /** Bytes the device says it wrote. */
            len?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a UsedElement. */
        type $Shape = hintlab.UsedElement.$Properties;
    }

    /**
     * Properties of an Interrupt.
     * @deprecated Use hintlab.Interrupt.$Properties instead.
     */
    interface IInterrupt extends hintlab.Interrupt.$Properties {
    }

    /** The device interrupted the driver. */
    class Interrupt {

        /**
         * Constructs a new Interrupt.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.Interrupt.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** The queue with used buffers. 0 and without meaning where config is set. */
        queue: number;

        /** The interrupt reports a change of the configuration space. */
        config: boolean;

        /**
         * Encodes the specified Interrupt message. Does not implicitly {@link hintlab.Interrupt.verify|verify} messages.
         * @param message Interrupt message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.Interrupt.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an Interrupt message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.Interrupt & hintlab.Interrupt.$Shape} Interrupt
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.Interrupt & hintlab.Interrupt.$Shape;
    }

    namespace Interrupt {

        /** Properties of an Interrupt. */
        interface $Properties {

            /** The queue with used buffers. 0 and without meaning where config is set. */
            queue?: (number|null);

            /** The interrupt reports a change of the configuration space. */
            config?: (boolean|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an Interrupt. */
        type $Shape = hintlab.Interrupt.$Properties;
    }

    /**
     * Properties of a Hypercall.
     * @deprecated Use hintlab.Hypercall.$Properties instead.
     */
    interface IHypercall extends hintlab.Hypercall.$Properties {
    }

    /** The guest left for the host with a hypercall. The calling CPU is that of the event. */
    class Hypercall {

        /**
         * Constructs a new Hypercall.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.Hypercall.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Number of the call (KVM_HC_*). */
        nr: number;

        /** Arguments. A double holds each exactly below 2^53, which is enough for addresses, lengths and orders. */
        a0: number;

        /** Hypercall a1. */
        a1: number;

        /** Hypercall a2. */
        a2: number;

        /** Hypercall a3. */
        a3: number;

        /**
         * Encodes the specified Hypercall message. Does not implicitly {@link hintlab.Hypercall.verify|verify} messages.
         * @param message Hypercall message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.Hypercall.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Hypercall message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.Hypercall & hintlab.Hypercall.$Shape} Hypercall
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.Hypercall & hintlab.Hypercall.$Shape;
    }

    namespace Hypercall {

        /** Properties of a Hypercall. */
        interface $Properties {

            /** Number of the call (KVM_HC_*). */
            nr?: (number|null);

            /** Arguments. A double holds each exactly below 2^53, which is enough for addresses, lengths and orders. */
            a0?: (number|null);

            /** Hypercall a1 */
            a1?: (number|null);

            /** Hypercall a2 */
            a2?: (number|null);

            /** Hypercall a3 */
            a3?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Hypercall. */
        type $Shape = hintlab.Hypercall.$Properties;
    }

    /**
     * Properties of a HypercallReturn.
     * @deprecated Use hintlab.HypercallReturn.$Properties instead.
     */
    interface IHypercallReturn extends hintlab.HypercallReturn.$Properties {
    }

    /** The host answered a hypercall: it resumed the CPU that made it, or wrote the answer behind the request of a guest that had gone on. */
    class HypercallReturn {

        /**
         * Constructs a new HypercallReturn.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.HypercallReturn.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** As the guest reads it: 0 or a count, negative for an error. */
        value: number;

        /** First argument of the call that is answered. */
        a0: number;

        /**
         * Encodes the specified HypercallReturn message. Does not implicitly {@link hintlab.HypercallReturn.verify|verify} messages.
         * @param message HypercallReturn message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.HypercallReturn.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a HypercallReturn message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.HypercallReturn & hintlab.HypercallReturn.$Shape} HypercallReturn
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.HypercallReturn & hintlab.HypercallReturn.$Shape;
    }

    namespace HypercallReturn {

        /** Properties of a HypercallReturn. */
        interface $Properties {

            /** As the guest reads it: 0 or a count, negative for an error. */
            value?: (number|null);

            /** First argument of the call that is answered. */
            a0?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a HypercallReturn. */
        type $Shape = hintlab.HypercallReturn.$Properties;
    }

    /**
     * Properties of a GuestExit.
     * @deprecated Use hintlab.GuestExit.$Properties instead.
     */
    interface IGuestExit extends hintlab.GuestExit.$Properties {
    }

    /**
     * A virtual CPU was in the host and is about to go back to the guest; the CPU is that of the event. With these a replay of the guest alone knows how long
     * the host took, and which accesses went through to it.
     */
    class GuestExit {

        /**
         * Constructs a new GuestExit.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.GuestExit.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** 1 EPT violation, 2 kick, 3 hypercall. */
        reason: number;

        /** Guest frame of an EPT violation, else the number of the doorbell. */
        target: number;

        /** GuestExit arg. */
        arg: number;

        /** When the guest's instruction ran, and when its CPU reached the host: ns since the start of the conversation. */
        leftNs: number;

        /** GuestExit enteredNs. */
        enteredNs: number;

        /** What the host made the CPU do before its return, ns, without what others put on it (CpuTime). */
        busyNs: number;

        /** 0, or negative when the host had no memory or no such doorbell. */
        result: number;

        /** Steps that the tasks of the host had taken when the CPU reached it. */
        enteredSteps: number;

        /**
         * Encodes the specified GuestExit message. Does not implicitly {@link hintlab.GuestExit.verify|verify} messages.
         * @param message GuestExit message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.GuestExit.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a GuestExit message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.GuestExit & hintlab.GuestExit.$Shape} GuestExit
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.GuestExit & hintlab.GuestExit.$Shape;
    }

    namespace GuestExit {

        /** Properties of a GuestExit. */
        interface $Properties {

            /** 1 EPT violation, 2 kick, 3 hypercall. */
            reason?: (number|null);

            /** Guest frame of an EPT violation, else the number of the doorbell. */
            target?: (number|null);

            /** GuestExit arg */
            arg?: (number|null);

            /** When the guest's instruction ran, and when its CPU reached the host: ns since the start of the conversation. */
            leftNs?: (number|null);

            /** GuestExit enteredNs */
            enteredNs?: (number|null);

            /** What the host made the CPU do before its return, ns, without what others put on it (CpuTime). */
            busyNs?: (number|null);

            /** 0, or negative when the host had no memory or no such doorbell. */
            result?: (number|null);

            /** Steps that the tasks of the host had taken when the CPU reached it. */
            enteredSteps?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a GuestExit. */
        type $Shape = hintlab.GuestExit.$Properties;
    }

    /**
     * Properties of a CpuTime.
     * @deprecated Use hintlab.CpuTime.$Properties instead.
     */
    interface ICpuTime extends hintlab.CpuTime.$Properties {
    }

    /** Something else than its own work made a virtual CPU lose time: the host flushed its TLB. The CPU is that of the event. */
    class CpuTime {

        /**
         * Constructs a new CpuTime.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.CpuTime.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** CpuTime lostNs. */
        lostNs: number;

        /**
         * Encodes the specified CpuTime message. Does not implicitly {@link hintlab.CpuTime.verify|verify} messages.
         * @param message CpuTime message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.CpuTime.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a CpuTime message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.CpuTime & hintlab.CpuTime.$Shape} CpuTime
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.CpuTime & hintlab.CpuTime.$Shape;
    }

    namespace CpuTime {

        /** Properties of a CpuTime. */
        interface $Properties {

            /** CpuTime lostNs */
            lostNs?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a CpuTime. */
        type $Shape = hintlab.CpuTime.$Properties;
    }

    /**
     * Properties of a HostLook.
     * @deprecated Use hintlab.HostLook.$Properties instead.
     */
    interface IHostLook extends hintlab.HostLook.$Properties {
    }

    /** The host read something of the guest's that no message brings. With these a replay of the host alone sees what it saw. */
    class HostLook {

        /**
         * Constructs a new HostLook.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.HostLook.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** HostLook what. */
        what: hintlab.HostLook.What;

        /** HostLook gpa. */
        gpa: number;

        /** HostLook value. */
        value: number;

        /**
         * Encodes the specified HostLook message. Does not implicitly {@link hintlab.HostLook.verify|verify} messages.
         * @param message HostLook message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.HostLook.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a HostLook message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.HostLook & hintlab.HostLook.$Shape} HostLook
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.HostLook & hintlab.HostLook.$Shape;
    }

    namespace HostLook {

        /** Properties of a HostLook. */
        interface $Properties {

            /** HostLook what */
            what?: (hintlab.HostLook.What|null);

            /** HostLook gpa */
            gpa?: (number|null);

            /** HostLook value */
            value?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a HostLook. */
        type $Shape = hintlab.HostLook.$Properties;

        /** What enum. */
        enum What {

            /** UNSPECIFIED value */
            UNSPECIFIED = 0,

            /** Whether the page at gpa is unused, as the guest last said with an instruction (ESSA): 1 or 0. */
            PAGE_UNUSED = 1,

            /** Pages of 4096 bytes in the balloon. */
            BALLOON_ACTUAL = 2
        }
    }

    /** What a queue, or a hypercall, is for. */
    enum QueueRole {

        /** QUEUE_ROLE_UNSPECIFIED value */
        QUEUE_ROLE_UNSPECIFIED = 0,

        /** INFLATE value */
        INFLATE = 1,

        /** DEFLATE value */
        DEFLATE = 2,

        /** STATS value */
        STATS = 3,

        /** FREE_PAGE value */
        FREE_PAGE = 4,

        /** REPORTING value */
        REPORTING = 5,

        /** Messages of hint.proto: each says itself what it asks for. */
        REQUESTS = 6,

        /** Messages with statistics. */
        STATS_MESSAGES = 7
    }

    /**
     * Properties of a RingWords.
     * @deprecated Use hintlab.RingWords.$Properties instead.
     */
    interface IRingWords extends hintlab.RingWords.$Properties {
    }

    /** The words by which the two sides of a ring talk, as they lie in guest memory. Those that a ring's format does not have are 0. */
    class RingWords {

        /**
         * Constructs a new RingWords.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.RingWords.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Split: avail.flags. Packed: flags of the driver's event suppression structure. */
        availFlags: number;

        /** Split only. */
        availIdx: number;

        /** Split: used_event. Packed: desc of the driver's event suppression structure. */
        usedEvent: number;

        /** Split: used.flags. Packed: flags of the device's event suppression structure. */
        usedFlags: number;

        /** Split only. */
        usedIdx: number;

        /** Split: avail_event. Packed: desc of the device's event suppression structure. */
        availEvent: number;

        /**
         * Encodes the specified RingWords message. Does not implicitly {@link hintlab.RingWords.verify|verify} messages.
         * @param message RingWords message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.RingWords.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a RingWords message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.RingWords & hintlab.RingWords.$Shape} RingWords
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.RingWords & hintlab.RingWords.$Shape;
    }

    namespace RingWords {

        /** Properties of a RingWords. */
        interface $Properties {

            /** Split: avail.flags. Packed: flags of the driver's event suppression structure. */
            availFlags?: (number|null);

            /** Split only. */
            availIdx?: (number|null);

            /** Split: used_event. Packed: desc of the driver's event suppression structure. */
            usedEvent?: (number|null);

            /** Split: used.flags. Packed: flags of the device's event suppression structure. */
            usedFlags?: (number|null);

            /** Split only. */
            usedIdx?: (number|null);

            /** Split: avail_event. Packed: desc of the device's event suppression structure. */
            availEvent?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a RingWords. */
        type $Shape = hintlab.RingWords.$Properties;
    }

    /**
     * Properties of a FeaturesOffered.
     * @deprecated Use hintlab.FeaturesOffered.$Properties instead.
     */
    interface IFeaturesOffered extends hintlab.FeaturesOffered.$Properties {
    }

    /** The device showed its features. */
    class FeaturesOffered {

        /**
         * Constructs a new FeaturesOffered.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.FeaturesOffered.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** FeaturesOffered features. */
        features?: (hintlab.FeatureBits.$Properties|null);

        /**
         * Encodes the specified FeaturesOffered message. Does not implicitly {@link hintlab.FeaturesOffered.verify|verify} messages.
         * @param message FeaturesOffered message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.FeaturesOffered.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a FeaturesOffered message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.FeaturesOffered & hintlab.FeaturesOffered.$Shape} FeaturesOffered
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.FeaturesOffered & hintlab.FeaturesOffered.$Shape;
    }

    namespace FeaturesOffered {

        /** Properties of a FeaturesOffered. */
        interface $Properties {

            /** FeaturesOffered features */
            features?: (hintlab.FeatureBits.$Properties|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a FeaturesOffered. */
        type $Shape = hintlab.FeaturesOffered.$Properties;
    }

    /**
     * Properties of a FeaturesAccepted.
     * @deprecated Use hintlab.FeaturesAccepted.$Properties instead.
     */
    interface IFeaturesAccepted extends hintlab.FeaturesAccepted.$Properties {
    }

    /** The driver wrote the features it takes. */
    class FeaturesAccepted {

        /**
         * Constructs a new FeaturesAccepted.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.FeaturesAccepted.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** FeaturesAccepted features. */
        features?: (hintlab.FeatureBits.$Properties|null);

        /**
         * Encodes the specified FeaturesAccepted message. Does not implicitly {@link hintlab.FeaturesAccepted.verify|verify} messages.
         * @param message FeaturesAccepted message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.FeaturesAccepted.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a FeaturesAccepted message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.FeaturesAccepted & hintlab.FeaturesAccepted.$Shape} FeaturesAccepted
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.FeaturesAccepted & hintlab.FeaturesAccepted.$Shape;
    }

    namespace FeaturesAccepted {

        /** Properties of a FeaturesAccepted. */
        interface $Properties {

            /** FeaturesAccepted features */
            features?: (hintlab.FeatureBits.$Properties|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a FeaturesAccepted. */
        type $Shape = hintlab.FeaturesAccepted.$Properties;
    }

    /**
     * Properties of a StatusAccess.
     * @deprecated Use hintlab.StatusAccess.$Properties instead.
     */
    interface IStatusAccess extends hintlab.StatusAccess.$Properties {
    }

    /** The device status field. */
    class StatusAccess {

        /**
         * Constructs a new StatusAccess.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.StatusAccess.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** The driver wrote it. Otherwise the driver read it, or the device set a bit of its own (DEVICE_NEEDS_RESET, 64). */
        write: boolean;

        /** 0 is a reset. 1 ACKNOWLEDGE, 2 DRIVER, 4 DRIVER_OK, 8 FEATURES_OK, 64 DEVICE_NEEDS_RESET, 128 FAILED. */
        value: number;

        /**
         * Encodes the specified StatusAccess message. Does not implicitly {@link hintlab.StatusAccess.verify|verify} messages.
         * @param message StatusAccess message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.StatusAccess.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a StatusAccess message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.StatusAccess & hintlab.StatusAccess.$Shape} StatusAccess
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.StatusAccess & hintlab.StatusAccess.$Shape;
    }

    namespace StatusAccess {

        /** Properties of a StatusAccess. */
        interface $Properties {

            /** The driver wrote it. Otherwise the driver read it, or the device set a bit of its own (DEVICE_NEEDS_RESET, 64). */
            write?: (boolean|null);

            /** 0 is a reset. 1 ACKNOWLEDGE, 2 DRIVER, 4 DRIVER_OK, 8 FEATURES_OK, 64 DEVICE_NEEDS_RESET, 128 FAILED. */
            value?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a StatusAccess. */
        type $Shape = hintlab.StatusAccess.$Properties;
    }

    /**
     * Properties of a ConfigAccess.
     * @deprecated Use hintlab.ConfigAccess.$Properties instead.
     */
    interface IConfigAccess extends hintlab.ConfigAccess.$Properties {
    }

    /** The driver read or wrote bytes of the configuration space. */
    class ConfigAccess {

        /**
         * Constructs a new ConfigAccess.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.ConfigAccess.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ConfigAccess write. */
        write: boolean;

        /** First byte. */
        offset: number;

        /** ConfigAccess data. */
        data: Uint8Array;

        /** The generation at that moment. */
        generation: number;

        /**
         * Encodes the specified ConfigAccess message. Does not implicitly {@link hintlab.ConfigAccess.verify|verify} messages.
         * @param message ConfigAccess message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.ConfigAccess.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ConfigAccess message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.ConfigAccess & hintlab.ConfigAccess.$Shape} ConfigAccess
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.ConfigAccess & hintlab.ConfigAccess.$Shape;
    }

    namespace ConfigAccess {

        /** Properties of a ConfigAccess. */
        interface $Properties {

            /** ConfigAccess write */
            write?: (boolean|null);

            /** First byte. */
            offset?: (number|null);

            /** ConfigAccess data */
            data?: (Uint8Array|null);

            /** The generation at that moment. */
            generation?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ConfigAccess. */
        type $Shape = hintlab.ConfigAccess.$Properties;
    }

    /**
     * Properties of a QueueSetup.
     * @deprecated Use hintlab.QueueSetup.$Properties instead.
     */
    interface IQueueSetup extends hintlab.QueueSetup.$Properties {
    }

    /** The driver said where a queue lies. Of a packed ring, avail is the driver's and used the device's event suppression structure. */
    class QueueSetup {

        /**
         * Constructs a new QueueSetup.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.QueueSetup.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** QueueSetup queue. */
        queue: number;

        /** QueueSetup size. */
        size: number;

        /** QueueSetup descGpa. */
        descGpa: number;

        /** QueueSetup availGpa. */
        availGpa: number;

        /** QueueSetup usedGpa. */
        usedGpa: number;

        /**
         * Encodes the specified QueueSetup message. Does not implicitly {@link hintlab.QueueSetup.verify|verify} messages.
         * @param message QueueSetup message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.QueueSetup.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a QueueSetup message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.QueueSetup & hintlab.QueueSetup.$Shape} QueueSetup
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.QueueSetup & hintlab.QueueSetup.$Shape;
    }

    namespace QueueSetup {

        /** Properties of a QueueSetup. */
        interface $Properties {

            /** QueueSetup queue */
            queue?: (number|null);

            /** QueueSetup size */
            size?: (number|null);

            /** QueueSetup descGpa */
            descGpa?: (number|null);

            /** QueueSetup availGpa */
            availGpa?: (number|null);

            /** QueueSetup usedGpa */
            usedGpa?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a QueueSetup. */
        type $Shape = hintlab.QueueSetup.$Properties;
    }

    /**
     * Properties of a QueueState.
     * @deprecated Use hintlab.QueueState.$Properties instead.
     */
    interface IQueueState extends hintlab.QueueState.$Properties {
    }

    /** A queue began or ceased to be used. */
    class QueueState {

        /**
         * Constructs a new QueueState.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.QueueState.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** QueueState queue. */
        queue: number;

        /** QueueState change. */
        change: hintlab.QueueState.Change;

        /**
         * Encodes the specified QueueState message. Does not implicitly {@link hintlab.QueueState.verify|verify} messages.
         * @param message QueueState message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.QueueState.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a QueueState message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.QueueState & hintlab.QueueState.$Shape} QueueState
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.QueueState & hintlab.QueueState.$Shape;
    }

    namespace QueueState {

        /** Properties of a QueueState. */
        interface $Properties {

            /** QueueState queue */
            queue?: (number|null);

            /** QueueState change */
            change?: (hintlab.QueueState.Change|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a QueueState. */
        type $Shape = hintlab.QueueState.$Properties;

        /** Change enum. */
        enum Change {

            /** UNSPECIFIED value */
            UNSPECIFIED = 0,

            /** The device may take buffers. */
            ENABLED = 1,

            /** The device no longer does. */
            DISABLED = 2,

            /** The driver asked for a reset of this queue. */
            RESET_ASKED = 3,

            /** The device has finished it. */
            RESET_DONE = 4
        }
    }

    /**
     * Properties of a VhostUserMessage.
     * @deprecated Use hintlab.VhostUserMessage.$Properties instead.
     */
    interface IVhostUserMessage extends hintlab.VhostUserMessage.$Properties {
    }

    /** One vhost-user message. */
    class VhostUserMessage {

        /**
         * Constructs a new VhostUserMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.VhostUserMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** From the front-end (the VMM), or to it. */
        fromFrontEnd: boolean;

        /** VhostUserMessage request. */
        request: number;

        /** VhostUserMessage flags. */
        flags: number;

        /** Bytes after the header, as the header says. */
        size: number;

        /** File descriptors that came along. */
        fds: number;

        /** VhostUserMessage payload. */
        payload: Uint8Array;

        /** On the channel that the back-end uses to ask the front-end. */
        backChannel: boolean;

        /**
         * Encodes the specified VhostUserMessage message. Does not implicitly {@link hintlab.VhostUserMessage.verify|verify} messages.
         * @param message VhostUserMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.VhostUserMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a VhostUserMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.VhostUserMessage & hintlab.VhostUserMessage.$Shape} VhostUserMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.VhostUserMessage & hintlab.VhostUserMessage.$Shape;
    }

    namespace VhostUserMessage {

        /** Properties of a VhostUserMessage. */
        interface $Properties {

            /** From the front-end (the VMM), or to it. */
            fromFrontEnd?: (boolean|null);

            /** VhostUserMessage request */
            request?: (number|null);

            /** VhostUserMessage flags */
            flags?: (number|null);

            /** Bytes after the header, as the header says. */
            size?: (number|null);

            /** File descriptors that came along. */
            fds?: (number|null);

            /** VhostUserMessage payload */
            payload?: (Uint8Array|null);

            /** On the channel that the back-end uses to ask the front-end. */
            backChannel?: (boolean|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a VhostUserMessage. */
        type $Shape = hintlab.VhostUserMessage.$Properties;
    }

    /**
     * Properties of a RegisterAccess.
     * @deprecated Use hintlab.RegisterAccess.$Properties instead.
     */
    interface IRegisterAccess extends hintlab.RegisterAccess.$Properties {
    }

    /** An access to a register of virtio-mmio, 0x000 to 0x0ff, or through it to the configuration space, from 0x100. */
    class RegisterAccess {

        /**
         * Constructs a new RegisterAccess.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.RegisterAccess.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** The driver wrote it; otherwise it read it. */
        write: boolean;

        /** RegisterAccess offset. */
        offset: number;

        /** RegisterAccess value. */
        value: number;

        /** 1, 2 or 4 bytes. */
        width: number;

        /**
         * Encodes the specified RegisterAccess message. Does not implicitly {@link hintlab.RegisterAccess.verify|verify} messages.
         * @param message RegisterAccess message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.RegisterAccess.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a RegisterAccess message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.RegisterAccess & hintlab.RegisterAccess.$Shape} RegisterAccess
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.RegisterAccess & hintlab.RegisterAccess.$Shape;
    }

    namespace RegisterAccess {

        /** Properties of a RegisterAccess. */
        interface $Properties {

            /** The driver wrote it; otherwise it read it. */
            write?: (boolean|null);

            /** RegisterAccess offset */
            offset?: (number|null);

            /** RegisterAccess value */
            value?: (number|null);

            /** 1, 2 or 4 bytes. */
            width?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a RegisterAccess. */
        type $Shape = hintlab.RegisterAccess.$Properties;
    }

    /**
     * Properties of a MemoryAccess.
     * @deprecated Use hintlab.MemoryAccess.$Properties instead.
     */
    interface IMemoryAccess extends hintlab.MemoryAccess.$Properties {
    }

    /**
     * What happened to guest memory beside the rings, where an observer could see it. Without such events the rules about pages go unchecked; they
     * never make a conversation wrong that would be right without.
     */
    class MemoryAccess {

        /**
         * Constructs a new MemoryAccess.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.MemoryAccess.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** MemoryAccess kind. */
        kind: hintlab.MemoryAccess.Kind;

        /** MemoryAccess gpa. */
        gpa: number;

        /** Bytes. */
        length: number;

        /** Of GUEST_WRITE and SEEN: the 32-bit word that the whole range holds from then on. Absent when the words differ or were not looked at. */
        fill?: (number|null);

        /**
         * Encodes the specified MemoryAccess message. Does not implicitly {@link hintlab.MemoryAccess.verify|verify} messages.
         * @param message MemoryAccess message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.MemoryAccess.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a MemoryAccess message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.MemoryAccess & hintlab.MemoryAccess.$Shape} MemoryAccess
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.MemoryAccess & hintlab.MemoryAccess.$Shape;
    }

    namespace MemoryAccess {

        /** Properties of a MemoryAccess. */
        interface $Properties {

            /** MemoryAccess kind */
            kind?: (hintlab.MemoryAccess.Kind|null);

            /** MemoryAccess gpa */
            gpa?: (number|null);

            /** Bytes. */
            length?: (number|null);

            /** Of GUEST_WRITE and SEEN: the 32-bit word that the whole range holds from then on. Absent when the words differ or were not looked at. */
            fill?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a MemoryAccess. */
        type $Shape = hintlab.MemoryAccess.$Properties;

        /** Kind enum. */
        enum Kind {

            /** UNSPECIFIED value */
            UNSPECIFIED = 0,

            /** The guest read pages, for itself. */
            GUEST_READ = 1,

            /** The guest wrote pages. */
            GUEST_WRITE = 2,

            /** The device dropped the contents of pages. */
            DISCARD = 3,

            /** The observer looked. */
            SEEN = 4
        }
    }

    /**
     * Properties of a MemoryRegion.
     * @deprecated Use hintlab.MemoryRegion.$Properties instead.
     */
    interface IMemoryRegion extends hintlab.MemoryRegion.$Properties {
    }

    /** Guest physical memory [gpa, gpa + length), in bytes. */
    class MemoryRegion {

        /**
         * Constructs a new MemoryRegion.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.MemoryRegion.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** MemoryRegion gpa. */
        gpa: number;

        /** MemoryRegion length. */
        length: number;

        /**
         * Encodes the specified MemoryRegion message. Does not implicitly {@link hintlab.MemoryRegion.verify|verify} messages.
         * @param message MemoryRegion message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.MemoryRegion.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a MemoryRegion message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.MemoryRegion & hintlab.MemoryRegion.$Shape} MemoryRegion
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.MemoryRegion & hintlab.MemoryRegion.$Shape;
    }

    namespace MemoryRegion {

        /** Properties of a MemoryRegion. */
        interface $Properties {

            /** MemoryRegion gpa */
            gpa?: (number|null);

            /** MemoryRegion length */
            length?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a MemoryRegion. */
        type $Shape = hintlab.MemoryRegion.$Properties;
    }

    /**
     * Properties of an Event.
     * @deprecated Use hintlab.Event.$Properties instead.
     */
    interface IEvent extends hintlab.Event.$Properties {
    }

    /** One thing that was seen. Events are ordered by (time_ns, sequence). */
    class Event {

        /**
         * Constructs a new Event.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.Event.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Nanoseconds since the start of the conversation: virtual time of a model, monotonic clock of a live peer. */
        timeNs: number;

        /** Position in the conversation, counted from 0. A replay keeps this order where times are equal. */
        sequence: number;

        /** The virtual CPU on which it happened; those of the host count on from the last one. */
        cpu: number;

        /** Event chain. */
        chain?: (hintlab.DescriptorChain.$Properties|null);

        /** Event kick. */
        kick?: (hintlab.Kick.$Properties|null);

        /** Event used. */
        used?: (hintlab.UsedElement.$Properties|null);

        /** Event interrupt. */
        interrupt?: (hintlab.Interrupt.$Properties|null);

        /** Event hypercall. */
        hypercall?: (hintlab.Hypercall.$Properties|null);

        /** Event hypercallReturn. */
        hypercallReturn?: (hintlab.HypercallReturn.$Properties|null);

        /** A side wrote the configuration space, which reads so afterwards. */
        config?: (hintlab.BalloonConfig.$Properties|null);

        /** Event offered. */
        offered?: (hintlab.FeaturesOffered.$Properties|null);

        /** Event accepted. */
        accepted?: (hintlab.FeaturesAccepted.$Properties|null);

        /** Event status. */
        status?: (hintlab.StatusAccess.$Properties|null);

        /** Event configAccess. */
        configAccess?: (hintlab.ConfigAccess.$Properties|null);

        /** Event queueSetup. */
        queueSetup?: (hintlab.QueueSetup.$Properties|null);

        /** Event queueState. */
        queueState?: (hintlab.QueueState.$Properties|null);

        /** Event vhostUser. */
        vhostUser?: (hintlab.VhostUserMessage.$Properties|null);

        /** Event memory. */
        memory?: (hintlab.MemoryAccess.$Properties|null);

        /** Event register. */
        register?: (hintlab.RegisterAccess.$Properties|null);

        /** Event exit. */
        exit?: (hintlab.GuestExit.$Properties|null);

        /** Event cpuTime. */
        cpuTime?: (hintlab.CpuTime.$Properties|null);

        /** Event look. */
        look?: (hintlab.HostLook.$Properties|null);

        /** The bytes that went along, joined in chain order: for a chain its device-readable buffers, for a used element what the device wrote. */
        payload: Uint8Array;

        /** The words of the queue's ring at that moment, for events of a queue. Absent where the observer could not read them. */
        words?: (hintlab.RingWords.$Properties|null);

        /** What the queue is for, for events of a queue and for hypercalls. UNSPECIFIED where the features say it. */
        role: hintlab.QueueRole;

        /** Of a modelled machine: steps that the tasks of the other side had taken. Orders what the two did at the same nanosecond. */
        otherSteps: number;

        /** Of a change of the configuration: how much later the other side hears of it, ns. */
        delayNs: number;

        /** Event what. */
        what?: ("chain"|"kick"|"used"|"interrupt"|"hypercall"|"hypercallReturn"|"config"|"offered"|"accepted"|"status"|"configAccess"|"queueSetup"|"queueState"|"vhostUser"|"memory"|"register"|"exit"|"cpuTime"|"look");

        /**
         * Encodes the specified Event message. Does not implicitly {@link hintlab.Event.verify|verify} messages.
         * @param message Event message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.Event.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an Event message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.Event & hintlab.Event.$Shape} Event
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.Event & hintlab.Event.$Shape;
    }

    namespace Event {

        /** Properties of an Event. */
        interface $Properties {

            /** Nanoseconds since the start of the conversation: virtual time of a model, monotonic clock of a live peer. */
            timeNs?: (number|null);

            /** Position in the conversation, counted from 0. A replay keeps this order where times are equal. */
            sequence?: (number|null);

            /** The virtual CPU on which it happened; those of the host count on from the last one. */
            cpu?: (number|null);

            /** Event chain */
            chain?: (hintlab.DescriptorChain.$Properties|null);

            /** Event kick */
            kick?: (hintlab.Kick.$Properties|null);

            /** Event used */
            used?: (hintlab.UsedElement.$Properties|null);

            /** Event interrupt */
            interrupt?: (hintlab.Interrupt.$Properties|null);

            /** Event hypercall */
            hypercall?: (hintlab.Hypercall.$Properties|null);

            /** Event hypercallReturn */
            hypercallReturn?: (hintlab.HypercallReturn.$Properties|null);

            /** A side wrote the configuration space, which reads so afterwards. */
            config?: (hintlab.BalloonConfig.$Properties|null);

            /** Event offered */
            offered?: (hintlab.FeaturesOffered.$Properties|null);

            /** Event accepted */
            accepted?: (hintlab.FeaturesAccepted.$Properties|null);

            /** Event status */
            status?: (hintlab.StatusAccess.$Properties|null);

            /** Event configAccess */
            configAccess?: (hintlab.ConfigAccess.$Properties|null);

            /** Event queueSetup */
            queueSetup?: (hintlab.QueueSetup.$Properties|null);

            /** Event queueState */
            queueState?: (hintlab.QueueState.$Properties|null);

            /** Event vhostUser */
            vhostUser?: (hintlab.VhostUserMessage.$Properties|null);

            /** Event memory */
            memory?: (hintlab.MemoryAccess.$Properties|null);

            /** Event register */
            register?: (hintlab.RegisterAccess.$Properties|null);

            /** Event exit */
            exit?: (hintlab.GuestExit.$Properties|null);

            /** Event cpuTime */
            cpuTime?: (hintlab.CpuTime.$Properties|null);

            /** Event look */
            look?: (hintlab.HostLook.$Properties|null);

            /** The bytes that went along, joined in chain order: for a chain its device-readable buffers, for a used element what the device wrote. */
            payload?: (Uint8Array|null);

            /** The words of the queue's ring at that moment, for events of a queue. Absent where the observer could not read them. */
            words?: (hintlab.RingWords.$Properties|null);

            /** What the queue is for, for events of a queue and for hypercalls. UNSPECIFIED where the features say it. */
            role?: (hintlab.QueueRole|null);

            /** Of a modelled machine: steps that the tasks of the other side had taken. Orders what the two did at the same nanosecond. */
            otherSteps?: (number|null);

            /** Of a change of the configuration: how much later the other side hears of it, ns. */
            delayNs?: (number|null);

            /** Event what */
            what?: ("chain"|"kick"|"used"|"interrupt"|"hypercall"|"hypercallReturn"|"config"|"offered"|"accepted"|"status"|"configAccess"|"queueSetup"|"queueState"|"vhostUser"|"memory"|"register"|"exit"|"cpuTime"|"look");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of an Event. */
        type $Shape = {
          timeNs?: number|null;
          sequence?: number|null;
          cpu?: number|null;
          chain?: hintlab.DescriptorChain.$Shape|null;
          kick?: hintlab.Kick.$Shape|null;
          used?: hintlab.UsedElement.$Shape|null;
          interrupt?: hintlab.Interrupt.$Shape|null;
          hypercall?: hintlab.Hypercall.$Shape|null;
          hypercallReturn?: hintlab.HypercallReturn.$Shape|null;
          config?: hintlab.BalloonConfig.$Shape|null;
          offered?: hintlab.FeaturesOffered.$Shape|null;
          accepted?: hintlab.FeaturesAccepted.$Shape|null;
          status?: hintlab.StatusAccess.$Shape|null;
          configAccess?: hintlab.ConfigAccess.$Shape|null;
          queueSetup?: hintlab.QueueSetup.$Shape|null;
          queueState?: hintlab.QueueState.$Shape|null;
          vhostUser?: hintlab.VhostUserMessage.$Shape|null;
          memory?: hintlab.MemoryAccess.$Shape|null;
          register?: hintlab.RegisterAccess.$Shape|null;
          exit?: hintlab.GuestExit.$Shape|null;
          cpuTime?: hintlab.CpuTime.$Shape|null;
          look?: hintlab.HostLook.$Shape|null;
          payload?: Uint8Array|null;
          words?: hintlab.RingWords.$Shape|null;
          role?: hintlab.QueueRole|null;
          otherSteps?: number|null;
          delayNs?: number|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ what?: undefined; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "chain"; chain: hintlab.DescriptorChain.$Shape; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "kick"; chain?: null; kick: hintlab.Kick.$Shape; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "used"; chain?: null; kick?: null; used: hintlab.UsedElement.$Shape; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "interrupt"; chain?: null; kick?: null; used?: null; interrupt: hintlab.Interrupt.$Shape; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "hypercall"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall: hintlab.Hypercall.$Shape; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "hypercallReturn"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn: hintlab.HypercallReturn.$Shape; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "config"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config: hintlab.BalloonConfig.$Shape; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "offered"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered: hintlab.FeaturesOffered.$Shape; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "accepted"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted: hintlab.FeaturesAccepted.$Shape; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "status"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status: hintlab.StatusAccess.$Shape; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "configAccess"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess: hintlab.ConfigAccess.$Shape; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "queueSetup"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup: hintlab.QueueSetup.$Shape; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "queueState"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState: hintlab.QueueState.$Shape; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "vhostUser"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser: hintlab.VhostUserMessage.$Shape; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "memory"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory: hintlab.MemoryAccess.$Shape; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "register"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register: hintlab.RegisterAccess.$Shape; exit?: null; cpuTime?: null; look?: null }|{ what?: "exit"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit: hintlab.GuestExit.$Shape; cpuTime?: null; look?: null }|{ what?: "cpuTime"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime: hintlab.CpuTime.$Shape; look?: null }|{ what?: "look"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look: hintlab.HostLook.$Shape })
        );
    }

    /**
     * Properties of a Conversation.
     * @deprecated Use hintlab.Conversation.$Properties instead.
     */
    interface IConversation extends hintlab.Conversation.$Properties {
    }

    /**
     * The header and the events. Encoded Conversations may be joined end to end: the result decodes as one, with the events in order. So a
     * recorder writes the header once and appends pieces that hold events only.
     */
    class Conversation {

        /**
         * Constructs a new Conversation.
         * @param [properties] Properties to set
         */
        constructor(properties?: hintlab.Conversation.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Version of this format. Present: 1. */
        version: number;

        /** Seed of the run, 0 for a live peer. */
        seed: number;

        /** Hash of the scenario, as the reports print it. */
        scenarioHash: string;

        /** The negotiated features. */
        features?: (hintlab.FeatureBits.$Properties|null);

        /** The memory table. An address outside every region is a finding, not a fault of the recording. */
        regions: hintlab.MemoryRegion.$Properties[];

        /** Conversation events. */
        events: hintlab.Event.$Properties[];

        /** How the device numbers its queues: fixed, dense-offered or dense-negotiated. Empty where that is not known. */
        numbering: string;

        /** Who the two sides are, as far as the recorder knows: linux, qemu, firecracker, cloud-hypervisor, hintlab. */
        driver: string;

        /** Conversation device. */
        device: string;

        /** What was run, as JSON: options, interface and load, enough to build either side again. Empty for a live peer. */
        scenario: string;

        /**
         * Encodes the specified Conversation message. Does not implicitly {@link hintlab.Conversation.verify|verify} messages.
         * @param message Conversation message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: hintlab.Conversation.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Conversation message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {hintlab.Conversation & hintlab.Conversation.$Shape} Conversation
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): hintlab.Conversation & hintlab.Conversation.$Shape;
    }

    namespace Conversation {

        /** Properties of a Conversation. */
        interface $Properties {

            /** Version of this format. Present: 1. */
            version?: (number|null);

            /** Seed of the run, 0 for a live peer. */
            seed?: (number|null);

            /** Hash of the scenario, as the reports print it. */
            scenarioHash?: (string|null);

            /** The negotiated features. */
            features?: (hintlab.FeatureBits.$Properties|null);

            /** The memory table. An address outside every region is a finding, not a fault of the recording. */
            regions?: (hintlab.MemoryRegion.$Properties[]|null);

            /** Conversation events */
            events?: (hintlab.Event.$Properties[]|null);

            /** How the device numbers its queues: fixed, dense-offered or dense-negotiated. Empty where that is not known. */
            numbering?: (string|null);

            /** Who the two sides are, as far as the recorder knows: linux, qemu, firecracker, cloud-hypervisor, hintlab. */
            driver?: (string|null);

            /** Conversation device */
            device?: (string|null);

            /** What was run, as JSON: options, interface and load, enough to build either side again. Empty for a live peer. */
            scenario?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Conversation. */
        type $Shape = {
          version?: number|null;
          seed?: number|null;
          scenarioHash?: string|null;
          features?: hintlab.FeatureBits.$Shape|null;
          regions?: hintlab.MemoryRegion.$Shape[]|null;
          events?: hintlab.Event.$Shape[]|null;
          numbering?: string|null;
          driver?: string|null;
          device?: string|null;
          scenario?: string|null;
          $unknowns?: Uint8Array[];
        };
    }
}
