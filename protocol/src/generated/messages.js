/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["hintlab"] || ($protobuf.roots["hintlab"] = {});

export const hintlab = $root.hintlab = (() => {

    /**
     * Namespace hintlab.
     * @exports hintlab
     * @namespace
     */
    const hintlab = {};

    /**
     * What a request asks of the host.
     * @name hintlab.RequestKind
     * @enum {number}
     * @property {number} REQUEST_KIND_UNSPECIFIED=0 Not a request. The absent field reads as this, so a batch without a kind is rejected.
     * @property {number} REQUEST_KIND_REPORT=1 The blocks are free for the time of the request: the host may drop their contents, and the guest uses them again after the answer.
     * @property {number} REQUEST_KIND_INFLATE=2 The blocks are given to the host until a deflate request names them.
     * @property {number} REQUEST_KIND_DEFLATE=3 The guest takes the blocks back.
     * @property {number} REQUEST_KIND_HINT=4 The blocks are free while the run command_id of free page hinting lasts.
     * @property {number} REQUEST_KIND_HINT_COMMAND=5 Begins the run command_id, or ends it with 0. No blocks.
     */
    hintlab.RequestKind = (function() {
        const valuesById = $Object.create(null), values = $Object.create(valuesById);
        values[valuesById[0] = "REQUEST_KIND_UNSPECIFIED"] = 0;
        values[valuesById[1] = "REQUEST_KIND_REPORT"] = 1;
        values[valuesById[2] = "REQUEST_KIND_INFLATE"] = 2;
        values[valuesById[3] = "REQUEST_KIND_DEFLATE"] = 3;
        values[valuesById[4] = "REQUEST_KIND_HINT"] = 4;
        values[valuesById[5] = "REQUEST_KIND_HINT_COMMAND"] = 5;
        return values;
    })();

    /**
     * How a request ended.
     * @name hintlab.Status
     * @enum {number}
     * @property {number} STATUS_UNSPECIFIED=0 Not an answer.
     * @property {number} STATUS_OK=1 Every entry was accepted or, by the host's policy, ignored.
     * @property {number} STATUS_PARTLY=2 Some entries were rejected: outside the memory slots, not aligned to their order, of no known order.
     * @property {number} STATUS_REJECTED=3 The request could not be read, or its kind is unknown.
     * @property {number} STATUS_INHIBITED=4 The host may not discard at present (assigned device, postcopy): nothing was done.
     */
    hintlab.Status = (function() {
        const valuesById = $Object.create(null), values = $Object.create(valuesById);
        values[valuesById[0] = "STATUS_UNSPECIFIED"] = 0;
        values[valuesById[1] = "STATUS_OK"] = 1;
        values[valuesById[2] = "STATUS_PARTLY"] = 2;
        values[valuesById[3] = "STATUS_REJECTED"] = 3;
        values[valuesById[4] = "STATUS_INHIBITED"] = 4;
        return values;
    })();

    hintlab.HintBatch = (function() {

        /**
         * Properties of a HintBatch.
         * @typedef {Object} hintlab.HintBatch.$Properties
         * @property {number|null} [commandId] The run this batch belongs to. A host that has started another run drops the batch as stale.
         * @property {hintlab.RequestKind|null} [kind] HintBatch kind
         * @property {Array.<number>|null} [pfn] First page of each block.
         * @property {Uint8Array|null} [order] Order of each block, one byte per entry.
         * @property {Uint8Array|null} [flags] One byte per entry for interfaces that say more about a block than its size. No preset sends it yet, and a reader that does not know
         * it skips it.
         * @property {number|null} [extra] A number of the whole batch for an interface under development, which says what it means (docs/tutorial.md). 0 where it says nothing.
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a HintBatch.
         * @memberof hintlab
         * @interface IHintBatch
         * @augments hintlab.HintBatch.$Properties
         * @deprecated Use hintlab.HintBatch.$Properties instead.
         */

        /**
         * Shape of a HintBatch.
         * @typedef {hintlab.HintBatch.$Properties} hintlab.HintBatch.$Shape
         */

        /**
         * Constructs a new HintBatch.
         * @memberof hintlab
         * @classdesc A batch of blocks, each of 2^order pages of 4096 bytes starting at page frame number pfn.
         * @constructor
         * @param {hintlab.HintBatch.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const HintBatch = function (properties) {
            this.pfn = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * The run this batch belongs to. A host that has started another run drops the batch as stale.
         * @member {number} commandId
         * @memberof hintlab.HintBatch
         * @instance
         */
        HintBatch.prototype.commandId = 0;

        /**
         * HintBatch kind.
         * @member {hintlab.RequestKind} kind
         * @memberof hintlab.HintBatch
         * @instance
         */
        HintBatch.prototype.kind = 0;

        /**
         * First page of each block.
         * @member {Array.<number>} pfn
         * @memberof hintlab.HintBatch
         * @instance
         */
        HintBatch.prototype.pfn = $util.emptyArray;

        /**
         * Order of each block, one byte per entry.
         * @member {Uint8Array} order
         * @memberof hintlab.HintBatch
         * @instance
         */
        HintBatch.prototype.order = $util.newBuffer([]);

        /**
         * One byte per entry for interfaces that say more about a block than its size. No preset sends it yet, and a reader that does not know
         * it skips it.
         * @member {Uint8Array|null|undefined} flags
         * @memberof hintlab.HintBatch
         * @instance
         */
        HintBatch.prototype.flags = null;

        /**
         * A number of the whole batch for an interface under development, which says what it means (docs/tutorial.md). 0 where it says nothing.
         * @member {number} extra
         * @memberof hintlab.HintBatch
         * @instance
         */
        HintBatch.prototype.extra = 0;

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(HintBatch.prototype, "_flags", {
            get: $util.oneOfGetter($oneOfFields = ["flags"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified HintBatch message. Does not implicitly {@link hintlab.HintBatch.verify|verify} messages.
         * @function encode
         * @memberof hintlab.HintBatch
         * @static
         * @param {hintlab.HintBatch.$Properties} message HintBatch message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        HintBatch.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.commandId != null && $Object.hasOwnProperty.call(message, "commandId") && message.commandId !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.commandId);
            if (message.kind != null && $Object.hasOwnProperty.call(message, "kind") && message.kind !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).int32(message.kind);
            if (message.pfn != null && message.pfn.length)
                writer.uint32(/* id 3, wireType 2 =*/26).uint32s(message.pfn);
            if (message.order != null && $Object.hasOwnProperty.call(message, "order") && message.order.length)
                writer.uint32(/* id 4, wireType 2 =*/34).bytes(message.order);
            if (message.flags != null && $Object.hasOwnProperty.call(message, "flags"))
                writer.uint32(/* id 5, wireType 2 =*/42).bytes(message.flags);
            if (message.extra != null && $Object.hasOwnProperty.call(message, "extra") && message.extra !== 0)
                writer.uint32(/* id 6, wireType 0 =*/48).uint32(message.extra);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a HintBatch message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.HintBatch
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.HintBatch & hintlab.HintBatch.$Shape} HintBatch
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        HintBatch.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.HintBatch();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.commandId = value;
                        else
                            delete message.commandId;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.int32())
                            message.kind = value;
                        else
                            delete message.kind;
                        continue;
                    }
                case 3: {
                        if (wireType === 2) {
                            if (!(message.pfn && message.pfn.length))
                                message.pfn = [];
                            reader.uint32s(message.pfn);
                            continue;
                        }
                        if (wireType !== 0)
                            break;
                        if (!(message.pfn && message.pfn.length))
                            message.pfn = [];
                        message.pfn.push(reader.uint32());
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.order = value;
                        else
                            delete message.order;
                        continue;
                    }
                case 5: {
                        if (wireType !== 2)
                            break;
                        message.flags = reader.bytes();
                        message._flags = "flags";
                        continue;
                    }
                case 6: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.extra = value;
                        else
                            delete message.extra;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return HintBatch;
    })();

    hintlab.HintAnswer = (function() {

        /**
         * Properties of a HintAnswer.
         * @typedef {Object} hintlab.HintAnswer.$Properties
         * @property {hintlab.Status|null} [status] HintAnswer status
         * @property {number|null} [accepted] Entries whose memory the host took.
         * @property {number|null} [rejected] Entries that name no memory the guest may hint.
         * @property {number|null} [ignored] Entries that the host could have taken and did not want: below its own granularity, or already discarded.
         * @property {number|null} [commandId] The command_id of the batch, so that an answer of another run is recognised.
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a HintAnswer.
         * @memberof hintlab
         * @interface IHintAnswer
         * @augments hintlab.HintAnswer.$Properties
         * @deprecated Use hintlab.HintAnswer.$Properties instead.
         */

        /**
         * Shape of a HintAnswer.
         * @typedef {hintlab.HintAnswer.$Properties} hintlab.HintAnswer.$Shape
         */

        /**
         * Constructs a new HintAnswer.
         * @memberof hintlab
         * @classdesc The answer to one batch. accepted + rejected + ignored is the number of its entries, unless it could not be read.
         * @constructor
         * @param {hintlab.HintAnswer.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const HintAnswer = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * HintAnswer status.
         * @member {hintlab.Status} status
         * @memberof hintlab.HintAnswer
         * @instance
         */
        HintAnswer.prototype.status = 0;

        /**
         * Entries whose memory the host took.
         * @member {number} accepted
         * @memberof hintlab.HintAnswer
         * @instance
         */
        HintAnswer.prototype.accepted = 0;

        /**
         * Entries that name no memory the guest may hint.
         * @member {number} rejected
         * @memberof hintlab.HintAnswer
         * @instance
         */
        HintAnswer.prototype.rejected = 0;

        /**
         * Entries that the host could have taken and did not want: below its own granularity, or already discarded.
         * @member {number} ignored
         * @memberof hintlab.HintAnswer
         * @instance
         */
        HintAnswer.prototype.ignored = 0;

        /**
         * The command_id of the batch, so that an answer of another run is recognised.
         * @member {number} commandId
         * @memberof hintlab.HintAnswer
         * @instance
         */
        HintAnswer.prototype.commandId = 0;

        /**
         * Encodes the specified HintAnswer message. Does not implicitly {@link hintlab.HintAnswer.verify|verify} messages.
         * @function encode
         * @memberof hintlab.HintAnswer
         * @static
         * @param {hintlab.HintAnswer.$Properties} message HintAnswer message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        HintAnswer.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.status != null && $Object.hasOwnProperty.call(message, "status") && message.status !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).int32(message.status);
            if (message.accepted != null && $Object.hasOwnProperty.call(message, "accepted") && message.accepted !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.accepted);
            if (message.rejected != null && $Object.hasOwnProperty.call(message, "rejected") && message.rejected !== 0)
                writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.rejected);
            if (message.ignored != null && $Object.hasOwnProperty.call(message, "ignored") && message.ignored !== 0)
                writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.ignored);
            if (message.commandId != null && $Object.hasOwnProperty.call(message, "commandId") && message.commandId !== 0)
                writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.commandId);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a HintAnswer message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.HintAnswer
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.HintAnswer & hintlab.HintAnswer.$Shape} HintAnswer
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        HintAnswer.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.HintAnswer();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.int32())
                            message.status = value;
                        else
                            delete message.status;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.accepted = value;
                        else
                            delete message.accepted;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.rejected = value;
                        else
                            delete message.rejected;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.ignored = value;
                        else
                            delete message.ignored;
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.commandId = value;
                        else
                            delete message.commandId;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return HintAnswer;
    })();

    hintlab.Statistics = (function() {

        /**
         * Properties of a Statistics.
         * @typedef {Object} hintlab.Statistics.$Properties
         * @property {Array.<number>|null} [tag] VIRTIO_BALLOON_S_*. A host skips what it does not know.
         * @property {Array.<number>|null} [value] Bytes or events, exact below 2^53.
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Statistics.
         * @memberof hintlab
         * @interface IStatistics
         * @augments hintlab.Statistics.$Properties
         * @deprecated Use hintlab.Statistics.$Properties instead.
         */

        /**
         * Shape of a Statistics.
         * @typedef {hintlab.Statistics.$Properties} hintlab.Statistics.$Shape
         */

        /**
         * Constructs a new Statistics.
         * @memberof hintlab
         * @classdesc The guest's statistics: what a request buffer of the statistics queue holds. The host answers it when it wants new ones. The columns have one
         * element per statistic; a message whose columns differ in length is malformed.
         * @constructor
         * @param {hintlab.Statistics.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Statistics = function (properties) {
            this.tag = [];
            this.value = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * VIRTIO_BALLOON_S_*. A host skips what it does not know.
         * @member {Array.<number>} tag
         * @memberof hintlab.Statistics
         * @instance
         */
        Statistics.prototype.tag = $util.emptyArray;

        /**
         * Bytes or events, exact below 2^53.
         * @member {Array.<number>} value
         * @memberof hintlab.Statistics
         * @instance
         */
        Statistics.prototype.value = $util.emptyArray;

        /**
         * Encodes the specified Statistics message. Does not implicitly {@link hintlab.Statistics.verify|verify} messages.
         * @function encode
         * @memberof hintlab.Statistics
         * @static
         * @param {hintlab.Statistics.$Properties} message Statistics message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Statistics.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.tag != null && message.tag.length)
                writer.uint32(/* id 1, wireType 2 =*/10).uint32s(message.tag);
            if (message.value != null && message.value.length)
                writer.uint32(/* id 2, wireType 2 =*/18).doubles(message.value);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Statistics message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.Statistics
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.Statistics & hintlab.Statistics.$Shape} Statistics
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Statistics.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.Statistics();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType === 2) {
                            if (!(message.tag && message.tag.length))
                                message.tag = [];
                            reader.uint32s(message.tag);
                            continue;
                        }
                        if (wireType !== 0)
                            break;
                        if (!(message.tag && message.tag.length))
                            message.tag = [];
                        message.tag.push(reader.uint32());
                        continue;
                    }
                case 2: {
                        if (wireType === 2) {
                            if (!(message.value && message.value.length))
                                message.value = [];
                            reader.doubles(message.value);
                            continue;
                        }
                        if (wireType !== 1)
                            break;
                        if (!(message.value && message.value.length))
                            message.value = [];
                        message.value.push(reader.double());
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Statistics;
    })();

    hintlab.FeatureBits = (function() {

        /**
         * Properties of a FeatureBits.
         * @typedef {Object} hintlab.FeatureBits.$Properties
         * @property {number|null} [low] Bits 0 to 31.
         * @property {number|null} [high] Bits 32 to 63.
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a FeatureBits.
         * @memberof hintlab
         * @interface IFeatureBits
         * @augments hintlab.FeatureBits.$Properties
         * @deprecated Use hintlab.FeatureBits.$Properties instead.
         */

        /**
         * Shape of a FeatureBits.
         * @typedef {hintlab.FeatureBits.$Properties} hintlab.FeatureBits.$Shape
         */

        /**
         * Constructs a new FeatureBits.
         * @memberof hintlab
         * @classdesc Feature bits 0 to 63 as two words, because no file here has a 64-bit integer. protocol/src/features.ts names them.
         * @constructor
         * @param {hintlab.FeatureBits.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const FeatureBits = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Bits 0 to 31.
         * @member {number} low
         * @memberof hintlab.FeatureBits
         * @instance
         */
        FeatureBits.prototype.low = 0;

        /**
         * Bits 32 to 63.
         * @member {number} high
         * @memberof hintlab.FeatureBits
         * @instance
         */
        FeatureBits.prototype.high = 0;

        /**
         * Encodes the specified FeatureBits message. Does not implicitly {@link hintlab.FeatureBits.verify|verify} messages.
         * @function encode
         * @memberof hintlab.FeatureBits
         * @static
         * @param {hintlab.FeatureBits.$Properties} message FeatureBits message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        FeatureBits.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.low != null && $Object.hasOwnProperty.call(message, "low") && message.low !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.low);
            if (message.high != null && $Object.hasOwnProperty.call(message, "high") && message.high !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.high);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a FeatureBits message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.FeatureBits
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.FeatureBits & hintlab.FeatureBits.$Shape} FeatureBits
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        FeatureBits.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.FeatureBits();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.low = value;
                        else
                            delete message.low;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.high = value;
                        else
                            delete message.high;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return FeatureBits;
    })();

    hintlab.BalloonConfig = (function() {

        /**
         * Properties of a BalloonConfig.
         * @typedef {Object} hintlab.BalloonConfig.$Properties
         * @property {number|null} [numPages] Pages of 4096 bytes that the host wants in the balloon. Written by the device.
         * @property {number|null} [actual] Pages of 4096 bytes that the guest has put there. Written by the driver after each batch.
         * @property {number|null} [freePageHintCmdId] The run of free page hinting that the host wants: 0 stop, 1 done, else the id of a run. Exists with FREE_PAGE_HINT.
         * @property {number|null} [poisonVal] What the guest fills free pages with, four bytes of it. Exists with PAGE_POISON, written before DRIVER_OK only.
         * @property {hintlab.FeatureBits.$Properties|null} [features] The negotiated features. Absent where the reader of the configuration did not know them.
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a BalloonConfig.
         * @memberof hintlab
         * @interface IBalloonConfig
         * @augments hintlab.BalloonConfig.$Properties
         * @deprecated Use hintlab.BalloonConfig.$Properties instead.
         */

        /**
         * Shape of a BalloonConfig.
         * @typedef {hintlab.BalloonConfig.$Properties} hintlab.BalloonConfig.$Shape
         */

        /**
         * Constructs a new BalloonConfig.
         * @memberof hintlab
         * @classdesc The configuration space as one side saw it, in the order of its bytes. On the device each number is a little-endian 32-bit word. A field
         * whose feature was not negotiated does not exist there, and is 0 here.
         * @constructor
         * @param {hintlab.BalloonConfig.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const BalloonConfig = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Pages of 4096 bytes that the host wants in the balloon. Written by the device.
         * @member {number} numPages
         * @memberof hintlab.BalloonConfig
         * @instance
         */
        BalloonConfig.prototype.numPages = 0;

        /**
         * Pages of 4096 bytes that the guest has put there. Written by the driver after each batch.
         * @member {number} actual
         * @memberof hintlab.BalloonConfig
         * @instance
         */
        BalloonConfig.prototype.actual = 0;

        /**
         * The run of free page hinting that the host wants: 0 stop, 1 done, else the id of a run. Exists with FREE_PAGE_HINT.
         * @member {number} freePageHintCmdId
         * @memberof hintlab.BalloonConfig
         * @instance
         */
        BalloonConfig.prototype.freePageHintCmdId = 0;

        /**
         * What the guest fills free pages with, four bytes of it. Exists with PAGE_POISON, written before DRIVER_OK only.
         * @member {number} poisonVal
         * @memberof hintlab.BalloonConfig
         * @instance
         */
        BalloonConfig.prototype.poisonVal = 0;

        /**
         * The negotiated features. Absent where the reader of the configuration did not know them.
         * @member {hintlab.FeatureBits.$Properties|null|undefined} features
         * @memberof hintlab.BalloonConfig
         * @instance
         */
        BalloonConfig.prototype.features = null;

        /**
         * Encodes the specified BalloonConfig message. Does not implicitly {@link hintlab.BalloonConfig.verify|verify} messages.
         * @function encode
         * @memberof hintlab.BalloonConfig
         * @static
         * @param {hintlab.BalloonConfig.$Properties} message BalloonConfig message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        BalloonConfig.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.numPages != null && $Object.hasOwnProperty.call(message, "numPages") && message.numPages !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.numPages);
            if (message.actual != null && $Object.hasOwnProperty.call(message, "actual") && message.actual !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.actual);
            if (message.freePageHintCmdId != null && $Object.hasOwnProperty.call(message, "freePageHintCmdId") && message.freePageHintCmdId !== 0)
                writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.freePageHintCmdId);
            if (message.poisonVal != null && $Object.hasOwnProperty.call(message, "poisonVal") && message.poisonVal !== 0)
                writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.poisonVal);
            if (message.features != null && $Object.hasOwnProperty.call(message, "features"))
                $root.hintlab.FeatureBits.encode(message.features, writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a BalloonConfig message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.BalloonConfig
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.BalloonConfig & hintlab.BalloonConfig.$Shape} BalloonConfig
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        BalloonConfig.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.BalloonConfig();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.numPages = value;
                        else
                            delete message.numPages;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.actual = value;
                        else
                            delete message.actual;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.freePageHintCmdId = value;
                        else
                            delete message.freePageHintCmdId;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.poisonVal = value;
                        else
                            delete message.poisonVal;
                        continue;
                    }
                case 5: {
                        if (wireType !== 2)
                            break;
                        message.features = $root.hintlab.FeatureBits.decode(reader, reader.size(), $undefined, _depth + 1, message.features);
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return BalloonConfig;
    })();

    hintlab.Descriptor = (function() {

        /**
         * Properties of a Descriptor.
         * @typedef {Object} hintlab.Descriptor.$Properties
         * @property {number|null} [gpa] Guest physical address of its first byte.
         * @property {number|null} [len] Length in bytes.
         * @property {number|null} [flags] As in the descriptor table: 1 another one follows, 2 the device writes it, 4 it holds a table of further descriptors.
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Descriptor.
         * @memberof hintlab
         * @interface IDescriptor
         * @augments hintlab.Descriptor.$Properties
         * @deprecated Use hintlab.Descriptor.$Properties instead.
         */

        /**
         * Shape of a Descriptor.
         * @typedef {hintlab.Descriptor.$Properties} hintlab.Descriptor.$Shape
         */

        /**
         * Constructs a new Descriptor.
         * @memberof hintlab
         * @classdesc One buffer of a chain.
         * @constructor
         * @param {hintlab.Descriptor.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Descriptor = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Guest physical address of its first byte.
         * @member {number} gpa
         * @memberof hintlab.Descriptor
         * @instance
         */
        Descriptor.prototype.gpa = 0;

        /**
         * Length in bytes.
         * @member {number} len
         * @memberof hintlab.Descriptor
         * @instance
         */
        Descriptor.prototype.len = 0;

        /**
         * As in the descriptor table: 1 another one follows, 2 the device writes it, 4 it holds a table of further descriptors.
         * @member {number} flags
         * @memberof hintlab.Descriptor
         * @instance
         */
        Descriptor.prototype.flags = 0;

        /**
         * Encodes the specified Descriptor message. Does not implicitly {@link hintlab.Descriptor.verify|verify} messages.
         * @function encode
         * @memberof hintlab.Descriptor
         * @static
         * @param {hintlab.Descriptor.$Properties} message Descriptor message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Descriptor.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.gpa != null && $Object.hasOwnProperty.call(message, "gpa") && !$Object.is(message.gpa, 0))
                writer.uint32(/* id 1, wireType 1 =*/9).double(message.gpa);
            if (message.len != null && $Object.hasOwnProperty.call(message, "len") && message.len !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.len);
            if (message.flags != null && $Object.hasOwnProperty.call(message, "flags") && message.flags !== 0)
                writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.flags);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Descriptor message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.Descriptor
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.Descriptor & hintlab.Descriptor.$Shape} Descriptor
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Descriptor.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.Descriptor();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.gpa = value;
                        else
                            delete message.gpa;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.len = value;
                        else
                            delete message.len;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.flags = value;
                        else
                            delete message.flags;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Descriptor;
    })();

    hintlab.DescriptorChain = (function() {

        /**
         * Properties of a DescriptorChain.
         * @typedef {Object} hintlab.DescriptorChain.$Properties
         * @property {number|null} [queue] Index of the queue in its device.
         * @property {number|null} [head] The id under which the chain comes back: the index of its first descriptor, or the buffer id of a packed ring.
         * @property {Array.<hintlab.Descriptor.$Properties>|null} [descriptors] In chain order: first what the device reads, then what it writes. A descriptor with flag 4 is followed by the entries of its table, where
         * the observer could read that; without such a descriptor the chain is given as its buffers alone.
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a DescriptorChain.
         * @memberof hintlab
         * @interface IDescriptorChain
         * @augments hintlab.DescriptorChain.$Properties
         * @deprecated Use hintlab.DescriptorChain.$Properties instead.
         */

        /**
         * Shape of a DescriptorChain.
         * @typedef {hintlab.DescriptorChain.$Properties} hintlab.DescriptorChain.$Shape
         */

        /**
         * Constructs a new DescriptorChain.
         * @memberof hintlab
         * @classdesc The driver made a chain of buffers available.
         * @constructor
         * @param {hintlab.DescriptorChain.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const DescriptorChain = function (properties) {
            this.descriptors = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Index of the queue in its device.
         * @member {number} queue
         * @memberof hintlab.DescriptorChain
         * @instance
         */
        DescriptorChain.prototype.queue = 0;

        /**
         * The id under which the chain comes back: the index of its first descriptor, or the buffer id of a packed ring.
         * @member {number} head
         * @memberof hintlab.DescriptorChain
         * @instance
         */
        DescriptorChain.prototype.head = 0;

        /**
         * In chain order: first what the device reads, then what it writes. A descriptor with flag 4 is followed by the entries of its table, where
         * the observer could read that; without such a descriptor the chain is given as its buffers alone.
         * @member {Array.<hintlab.Descriptor.$Properties>} descriptors
         * @memberof hintlab.DescriptorChain
         * @instance
         */
        DescriptorChain.prototype.descriptors = $util.emptyArray;

        /**
         * Encodes the specified DescriptorChain message. Does not implicitly {@link hintlab.DescriptorChain.verify|verify} messages.
         * @function encode
         * @memberof hintlab.DescriptorChain
         * @static
         * @param {hintlab.DescriptorChain.$Properties} message DescriptorChain message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        DescriptorChain.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.queue != null && $Object.hasOwnProperty.call(message, "queue") && message.queue !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.queue);
            if (message.head != null && $Object.hasOwnProperty.call(message, "head") && message.head !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.head);
            if (message.descriptors != null && message.descriptors.length)
                for (let i = 0; i < message.descriptors.length; ++i)
                    $root.hintlab.Descriptor.encode(message.descriptors[i], writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a DescriptorChain message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.DescriptorChain
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.DescriptorChain & hintlab.DescriptorChain.$Shape} DescriptorChain
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        DescriptorChain.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.DescriptorChain();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.queue = value;
                        else
                            delete message.queue;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.head = value;
                        else
                            delete message.head;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if (!(message.descriptors && message.descriptors.length))
                            message.descriptors = [];
                        message.descriptors.push($root.hintlab.Descriptor.decode(reader, reader.size(), $undefined, _depth + 1));
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return DescriptorChain;
    })();

    hintlab.Kick = (function() {

        /**
         * Properties of a Kick.
         * @typedef {Object} hintlab.Kick.$Properties
         * @property {number|null} [queue] Kick queue
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Kick.
         * @memberof hintlab
         * @interface IKick
         * @augments hintlab.Kick.$Properties
         * @deprecated Use hintlab.Kick.$Properties instead.
         */

        /**
         * Shape of a Kick.
         * @typedef {hintlab.Kick.$Properties} hintlab.Kick.$Shape
         */

        /**
         * Constructs a new Kick.
         * @memberof hintlab
         * @classdesc The driver told the device to look at a queue.
         * @constructor
         * @param {hintlab.Kick.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Kick = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Kick queue.
         * @member {number} queue
         * @memberof hintlab.Kick
         * @instance
         */
        Kick.prototype.queue = 0;

        /**
         * Encodes the specified Kick message. Does not implicitly {@link hintlab.Kick.verify|verify} messages.
         * @function encode
         * @memberof hintlab.Kick
         * @static
         * @param {hintlab.Kick.$Properties} message Kick message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Kick.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.queue != null && $Object.hasOwnProperty.call(message, "queue") && message.queue !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.queue);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Kick message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.Kick
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.Kick & hintlab.Kick.$Shape} Kick
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Kick.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.Kick();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.queue = value;
                        else
                            delete message.queue;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Kick;
    })();

    hintlab.UsedElement = (function() {

        /**
         * Properties of a UsedElement.
         * @typedef {Object} hintlab.UsedElement.$Properties
         * @property {number|null} [queue] UsedElement queue
         * @property {number|null} [head] The head of the chain, as the device wrote it. A hostile device may name one that was never made available.
         * @property {number|null} [len] Bytes the device says it wrote.
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a UsedElement.
         * @memberof hintlab
         * @interface IUsedElement
         * @augments hintlab.UsedElement.$Properties
         * @deprecated Use hintlab.UsedElement.$Properties instead.
         */

        /**
         * Shape of a UsedElement.
         * @typedef {hintlab.UsedElement.$Properties} hintlab.UsedElement.$Shape
         */

        /**
         * Constructs a new UsedElement.
         * @memberof hintlab
         * @classdesc The device returned a chain.
         * @constructor
         * @param {hintlab.UsedElement.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const UsedElement = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * UsedElement queue.
         * @member {number} queue
         * @memberof hintlab.UsedElement
         * @instance
         */
        UsedElement.prototype.queue = 0;

        /**
         * The head of the chain, as the device wrote it. A hostile device may name one that was never made available.
         * @member {number} head
         * @memberof hintlab.UsedElement
         * @instance
         */
        UsedElement.prototype.head = 0;

        /**
         * Bytes the device says it wrote.
         * @member {number} len
         * @memberof hintlab.UsedElement
         * @instance
         */
        UsedElement.prototype.len = 0;

        /**
         * Encodes the specified UsedElement message. Does not implicitly {@link hintlab.UsedElement.verify|verify} messages.
         * @function encode
         * @memberof hintlab.UsedElement
         * @static
         * @param {hintlab.UsedElement.$Properties} message UsedElement message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        UsedElement.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.queue != null && $Object.hasOwnProperty.call(message, "queue") && message.queue !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.queue);
            if (message.head != null && $Object.hasOwnProperty.call(message, "head") && message.head !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.head);
            if (message.len != null && $Object.hasOwnProperty.call(message, "len") && message.len !== 0)
                writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.len);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a UsedElement message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.UsedElement
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.UsedElement & hintlab.UsedElement.$Shape} UsedElement
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        UsedElement.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.UsedElement();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.queue = value;
                        else
                            delete message.queue;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.head = value;
                        else
                            delete message.head;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.len = value;
                        else
                            delete message.len;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return UsedElement;
    })();

    hintlab.Interrupt = (function() {

        /**
         * Properties of an Interrupt.
         * @typedef {Object} hintlab.Interrupt.$Properties
         * @property {number|null} [queue] The queue with used buffers. 0 and without meaning where config is set.
         * @property {boolean|null} [config] The interrupt reports a change of the configuration space.
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of an Interrupt.
         * @memberof hintlab
         * @interface IInterrupt
         * @augments hintlab.Interrupt.$Properties
         * @deprecated Use hintlab.Interrupt.$Properties instead.
         */

        /**
         * Shape of an Interrupt.
         * @typedef {hintlab.Interrupt.$Properties} hintlab.Interrupt.$Shape
         */

        /**
         * Constructs a new Interrupt.
         * @memberof hintlab
         * @classdesc The device interrupted the driver.
         * @constructor
         * @param {hintlab.Interrupt.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Interrupt = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * The queue with used buffers. 0 and without meaning where config is set.
         * @member {number} queue
         * @memberof hintlab.Interrupt
         * @instance
         */
        Interrupt.prototype.queue = 0;

        /**
         * The interrupt reports a change of the configuration space.
         * @member {boolean} config
         * @memberof hintlab.Interrupt
         * @instance
         */
        Interrupt.prototype.config = false;

        /**
         * Encodes the specified Interrupt message. Does not implicitly {@link hintlab.Interrupt.verify|verify} messages.
         * @function encode
         * @memberof hintlab.Interrupt
         * @static
         * @param {hintlab.Interrupt.$Properties} message Interrupt message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Interrupt.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.queue != null && $Object.hasOwnProperty.call(message, "queue") && message.queue !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.queue);
            if (message.config != null && $Object.hasOwnProperty.call(message, "config") && message.config !== false)
                writer.uint32(/* id 2, wireType 0 =*/16).bool(message.config);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes an Interrupt message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.Interrupt
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.Interrupt & hintlab.Interrupt.$Shape} Interrupt
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Interrupt.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.Interrupt();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.queue = value;
                        else
                            delete message.queue;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.config = value;
                        else
                            delete message.config;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Interrupt;
    })();

    hintlab.Hypercall = (function() {

        /**
         * Properties of a Hypercall.
         * @typedef {Object} hintlab.Hypercall.$Properties
         * @property {number|null} [nr] Number of the call (KVM_HC_*).
         * @property {number|null} [a0] Arguments. A double holds each exactly below 2^53, which is enough for addresses, lengths and orders.
         * @property {number|null} [a1] Hypercall a1
         * @property {number|null} [a2] Hypercall a2
         * @property {number|null} [a3] Hypercall a3
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Hypercall.
         * @memberof hintlab
         * @interface IHypercall
         * @augments hintlab.Hypercall.$Properties
         * @deprecated Use hintlab.Hypercall.$Properties instead.
         */

        /**
         * Shape of a Hypercall.
         * @typedef {hintlab.Hypercall.$Properties} hintlab.Hypercall.$Shape
         */

        /**
         * Constructs a new Hypercall.
         * @memberof hintlab
         * @classdesc The guest left for the host with a hypercall. The calling CPU is that of the event.
         * @constructor
         * @param {hintlab.Hypercall.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Hypercall = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Number of the call (KVM_HC_*).
         * @member {number} nr
         * @memberof hintlab.Hypercall
         * @instance
         */
        Hypercall.prototype.nr = 0;

        /**
         * Arguments. A double holds each exactly below 2^53, which is enough for addresses, lengths and orders.
         * @member {number} a0
         * @memberof hintlab.Hypercall
         * @instance
         */
        Hypercall.prototype.a0 = 0;

        /**
         * Hypercall a1.
         * @member {number} a1
         * @memberof hintlab.Hypercall
         * @instance
         */
        Hypercall.prototype.a1 = 0;

        /**
         * Hypercall a2.
         * @member {number} a2
         * @memberof hintlab.Hypercall
         * @instance
         */
        Hypercall.prototype.a2 = 0;

        /**
         * Hypercall a3.
         * @member {number} a3
         * @memberof hintlab.Hypercall
         * @instance
         */
        Hypercall.prototype.a3 = 0;

        /**
         * Encodes the specified Hypercall message. Does not implicitly {@link hintlab.Hypercall.verify|verify} messages.
         * @function encode
         * @memberof hintlab.Hypercall
         * @static
         * @param {hintlab.Hypercall.$Properties} message Hypercall message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Hypercall.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.nr != null && $Object.hasOwnProperty.call(message, "nr") && message.nr !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.nr);
            if (message.a0 != null && $Object.hasOwnProperty.call(message, "a0") && !$Object.is(message.a0, 0))
                writer.uint32(/* id 2, wireType 1 =*/17).double(message.a0);
            if (message.a1 != null && $Object.hasOwnProperty.call(message, "a1") && !$Object.is(message.a1, 0))
                writer.uint32(/* id 3, wireType 1 =*/25).double(message.a1);
            if (message.a2 != null && $Object.hasOwnProperty.call(message, "a2") && !$Object.is(message.a2, 0))
                writer.uint32(/* id 4, wireType 1 =*/33).double(message.a2);
            if (message.a3 != null && $Object.hasOwnProperty.call(message, "a3") && !$Object.is(message.a3, 0))
                writer.uint32(/* id 5, wireType 1 =*/41).double(message.a3);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Hypercall message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.Hypercall
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.Hypercall & hintlab.Hypercall.$Shape} Hypercall
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Hypercall.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.Hypercall();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.nr = value;
                        else
                            delete message.nr;
                        continue;
                    }
                case 2: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.a0 = value;
                        else
                            delete message.a0;
                        continue;
                    }
                case 3: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.a1 = value;
                        else
                            delete message.a1;
                        continue;
                    }
                case 4: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.a2 = value;
                        else
                            delete message.a2;
                        continue;
                    }
                case 5: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.a3 = value;
                        else
                            delete message.a3;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Hypercall;
    })();

    hintlab.HypercallReturn = (function() {

        /**
         * Properties of a HypercallReturn.
         * @typedef {Object} hintlab.HypercallReturn.$Properties
         * @property {number|null} [value] As the guest reads it: 0 or a count, negative for an error.
         * @property {number|null} [a0] First argument of the call that is answered.
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a HypercallReturn.
         * @memberof hintlab
         * @interface IHypercallReturn
         * @augments hintlab.HypercallReturn.$Properties
         * @deprecated Use hintlab.HypercallReturn.$Properties instead.
         */

        /**
         * Shape of a HypercallReturn.
         * @typedef {hintlab.HypercallReturn.$Properties} hintlab.HypercallReturn.$Shape
         */

        /**
         * Constructs a new HypercallReturn.
         * @memberof hintlab
         * @classdesc The host answered a hypercall: it resumed the CPU that made it, or wrote the answer behind the request of a guest that had gone on.
         * @constructor
         * @param {hintlab.HypercallReturn.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const HypercallReturn = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * As the guest reads it: 0 or a count, negative for an error.
         * @member {number} value
         * @memberof hintlab.HypercallReturn
         * @instance
         */
        HypercallReturn.prototype.value = 0;

        /**
         * First argument of the call that is answered.
         * @member {number} a0
         * @memberof hintlab.HypercallReturn
         * @instance
         */
        HypercallReturn.prototype.a0 = 0;

        /**
         * Encodes the specified HypercallReturn message. Does not implicitly {@link hintlab.HypercallReturn.verify|verify} messages.
         * @function encode
         * @memberof hintlab.HypercallReturn
         * @static
         * @param {hintlab.HypercallReturn.$Properties} message HypercallReturn message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        HypercallReturn.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.value != null && $Object.hasOwnProperty.call(message, "value") && !$Object.is(message.value, 0))
                writer.uint32(/* id 1, wireType 1 =*/9).double(message.value);
            if (message.a0 != null && $Object.hasOwnProperty.call(message, "a0") && !$Object.is(message.a0, 0))
                writer.uint32(/* id 2, wireType 1 =*/17).double(message.a0);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a HypercallReturn message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.HypercallReturn
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.HypercallReturn & hintlab.HypercallReturn.$Shape} HypercallReturn
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        HypercallReturn.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.HypercallReturn();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.value = value;
                        else
                            delete message.value;
                        continue;
                    }
                case 2: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.a0 = value;
                        else
                            delete message.a0;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return HypercallReturn;
    })();

    hintlab.GuestExit = (function() {

        /**
         * Properties of a GuestExit.
         * @typedef {Object} hintlab.GuestExit.$Properties
         * @property {number|null} [reason] 1 EPT violation, 2 kick, 3 hypercall.
         * @property {number|null} [target] Guest frame of an EPT violation, else the number of the doorbell.
         * @property {number|null} [arg] GuestExit arg
         * @property {number|null} [leftNs] When the guest's instruction ran, and when its CPU reached the host: ns since the start of the conversation.
         * @property {number|null} [enteredNs] GuestExit enteredNs
         * @property {number|null} [busyNs] What the host made the CPU do before its return, ns, without what others put on it (CpuTime).
         * @property {number|null} [result] 0, or negative when the host had no memory or no such doorbell.
         * @property {number|null} [enteredSteps] Steps that the tasks of the host had taken when the CPU reached it.
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a GuestExit.
         * @memberof hintlab
         * @interface IGuestExit
         * @augments hintlab.GuestExit.$Properties
         * @deprecated Use hintlab.GuestExit.$Properties instead.
         */

        /**
         * Shape of a GuestExit.
         * @typedef {hintlab.GuestExit.$Properties} hintlab.GuestExit.$Shape
         */

        /**
         * Constructs a new GuestExit.
         * @memberof hintlab
         * @classdesc A virtual CPU was in the host and is about to go back to the guest; the CPU is that of the event. With these a replay of the guest alone knows how long
         * the host took, and which accesses went through to it.
         * @constructor
         * @param {hintlab.GuestExit.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const GuestExit = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * 1 EPT violation, 2 kick, 3 hypercall.
         * @member {number} reason
         * @memberof hintlab.GuestExit
         * @instance
         */
        GuestExit.prototype.reason = 0;

        /**
         * Guest frame of an EPT violation, else the number of the doorbell.
         * @member {number} target
         * @memberof hintlab.GuestExit
         * @instance
         */
        GuestExit.prototype.target = 0;

        /**
         * GuestExit arg.
         * @member {number} arg
         * @memberof hintlab.GuestExit
         * @instance
         */
        GuestExit.prototype.arg = 0;

        /**
         * When the guest's instruction ran, and when its CPU reached the host: ns since the start of the conversation.
         * @member {number} leftNs
         * @memberof hintlab.GuestExit
         * @instance
         */
        GuestExit.prototype.leftNs = 0;

        /**
         * GuestExit enteredNs.
         * @member {number} enteredNs
         * @memberof hintlab.GuestExit
         * @instance
         */
        GuestExit.prototype.enteredNs = 0;

        /**
         * What the host made the CPU do before its return, ns, without what others put on it (CpuTime).
         * @member {number} busyNs
         * @memberof hintlab.GuestExit
         * @instance
         */
        GuestExit.prototype.busyNs = 0;

        /**
         * 0, or negative when the host had no memory or no such doorbell.
         * @member {number} result
         * @memberof hintlab.GuestExit
         * @instance
         */
        GuestExit.prototype.result = 0;

        /**
         * Steps that the tasks of the host had taken when the CPU reached it.
         * @member {number} enteredSteps
         * @memberof hintlab.GuestExit
         * @instance
         */
        GuestExit.prototype.enteredSteps = 0;

        /**
         * Encodes the specified GuestExit message. Does not implicitly {@link hintlab.GuestExit.verify|verify} messages.
         * @function encode
         * @memberof hintlab.GuestExit
         * @static
         * @param {hintlab.GuestExit.$Properties} message GuestExit message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        GuestExit.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.reason);
            if (message.target != null && $Object.hasOwnProperty.call(message, "target") && !$Object.is(message.target, 0))
                writer.uint32(/* id 2, wireType 1 =*/17).double(message.target);
            if (message.arg != null && $Object.hasOwnProperty.call(message, "arg") && !$Object.is(message.arg, 0))
                writer.uint32(/* id 3, wireType 1 =*/25).double(message.arg);
            if (message.leftNs != null && $Object.hasOwnProperty.call(message, "leftNs") && !$Object.is(message.leftNs, 0))
                writer.uint32(/* id 4, wireType 1 =*/33).double(message.leftNs);
            if (message.enteredNs != null && $Object.hasOwnProperty.call(message, "enteredNs") && !$Object.is(message.enteredNs, 0))
                writer.uint32(/* id 5, wireType 1 =*/41).double(message.enteredNs);
            if (message.busyNs != null && $Object.hasOwnProperty.call(message, "busyNs") && !$Object.is(message.busyNs, 0))
                writer.uint32(/* id 6, wireType 1 =*/49).double(message.busyNs);
            if (message.result != null && $Object.hasOwnProperty.call(message, "result") && message.result !== 0)
                writer.uint32(/* id 7, wireType 0 =*/56).sint32(message.result);
            if (message.enteredSteps != null && $Object.hasOwnProperty.call(message, "enteredSteps") && !$Object.is(message.enteredSteps, 0))
                writer.uint32(/* id 8, wireType 1 =*/65).double(message.enteredSteps);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a GuestExit message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.GuestExit
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.GuestExit & hintlab.GuestExit.$Shape} GuestExit
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        GuestExit.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.GuestExit();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.reason = value;
                        else
                            delete message.reason;
                        continue;
                    }
                case 2: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.target = value;
                        else
                            delete message.target;
                        continue;
                    }
                case 3: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.arg = value;
                        else
                            delete message.arg;
                        continue;
                    }
                case 4: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.leftNs = value;
                        else
                            delete message.leftNs;
                        continue;
                    }
                case 5: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.enteredNs = value;
                        else
                            delete message.enteredNs;
                        continue;
                    }
                case 6: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.busyNs = value;
                        else
                            delete message.busyNs;
                        continue;
                    }
                case 7: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.sint32())
                            message.result = value;
                        else
                            delete message.result;
                        continue;
                    }
                case 8: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.enteredSteps = value;
                        else
                            delete message.enteredSteps;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return GuestExit;
    })();

    hintlab.CpuTime = (function() {

        /**
         * Properties of a CpuTime.
         * @typedef {Object} hintlab.CpuTime.$Properties
         * @property {number|null} [lostNs] CpuTime lostNs
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a CpuTime.
         * @memberof hintlab
         * @interface ICpuTime
         * @augments hintlab.CpuTime.$Properties
         * @deprecated Use hintlab.CpuTime.$Properties instead.
         */

        /**
         * Shape of a CpuTime.
         * @typedef {hintlab.CpuTime.$Properties} hintlab.CpuTime.$Shape
         */

        /**
         * Constructs a new CpuTime.
         * @memberof hintlab
         * @classdesc Something else than its own work made a virtual CPU lose time: the host flushed its TLB. The CPU is that of the event.
         * @constructor
         * @param {hintlab.CpuTime.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const CpuTime = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * CpuTime lostNs.
         * @member {number} lostNs
         * @memberof hintlab.CpuTime
         * @instance
         */
        CpuTime.prototype.lostNs = 0;

        /**
         * Encodes the specified CpuTime message. Does not implicitly {@link hintlab.CpuTime.verify|verify} messages.
         * @function encode
         * @memberof hintlab.CpuTime
         * @static
         * @param {hintlab.CpuTime.$Properties} message CpuTime message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        CpuTime.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.lostNs != null && $Object.hasOwnProperty.call(message, "lostNs") && !$Object.is(message.lostNs, 0))
                writer.uint32(/* id 1, wireType 1 =*/9).double(message.lostNs);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a CpuTime message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.CpuTime
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.CpuTime & hintlab.CpuTime.$Shape} CpuTime
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        CpuTime.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.CpuTime();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.lostNs = value;
                        else
                            delete message.lostNs;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return CpuTime;
    })();

    hintlab.HostLook = (function() {

        /**
         * Properties of a HostLook.
         * @typedef {Object} hintlab.HostLook.$Properties
         * @property {hintlab.HostLook.What|null} [what] HostLook what
         * @property {number|null} [gpa] HostLook gpa
         * @property {number|null} [value] HostLook value
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a HostLook.
         * @memberof hintlab
         * @interface IHostLook
         * @augments hintlab.HostLook.$Properties
         * @deprecated Use hintlab.HostLook.$Properties instead.
         */

        /**
         * Shape of a HostLook.
         * @typedef {hintlab.HostLook.$Properties} hintlab.HostLook.$Shape
         */

        /**
         * Constructs a new HostLook.
         * @memberof hintlab
         * @classdesc The host read something of the guest's that no message brings. With these a replay of the host alone sees what it saw.
         * @constructor
         * @param {hintlab.HostLook.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const HostLook = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * HostLook what.
         * @member {hintlab.HostLook.What} what
         * @memberof hintlab.HostLook
         * @instance
         */
        HostLook.prototype.what = 0;

        /**
         * HostLook gpa.
         * @member {number} gpa
         * @memberof hintlab.HostLook
         * @instance
         */
        HostLook.prototype.gpa = 0;

        /**
         * HostLook value.
         * @member {number} value
         * @memberof hintlab.HostLook
         * @instance
         */
        HostLook.prototype.value = 0;

        /**
         * Encodes the specified HostLook message. Does not implicitly {@link hintlab.HostLook.verify|verify} messages.
         * @function encode
         * @memberof hintlab.HostLook
         * @static
         * @param {hintlab.HostLook.$Properties} message HostLook message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        HostLook.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.what != null && $Object.hasOwnProperty.call(message, "what") && message.what !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).int32(message.what);
            if (message.gpa != null && $Object.hasOwnProperty.call(message, "gpa") && !$Object.is(message.gpa, 0))
                writer.uint32(/* id 2, wireType 1 =*/17).double(message.gpa);
            if (message.value != null && $Object.hasOwnProperty.call(message, "value") && message.value !== 0)
                writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.value);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a HostLook message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.HostLook
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.HostLook & hintlab.HostLook.$Shape} HostLook
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        HostLook.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.HostLook();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.int32())
                            message.what = value;
                        else
                            delete message.what;
                        continue;
                    }
                case 2: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.gpa = value;
                        else
                            delete message.gpa;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.value = value;
                        else
                            delete message.value;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        /**
         * What enum.
         * @name hintlab.HostLook.What
         * @enum {number}
         * @property {number} UNSPECIFIED=0 UNSPECIFIED value
         * @property {number} PAGE_UNUSED=1 Whether the page at gpa is unused, as the guest last said with an instruction (ESSA): 1 or 0.
         * @property {number} BALLOON_ACTUAL=2 Pages of 4096 bytes in the balloon.
         */
        HostLook.What = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "UNSPECIFIED"] = 0;
            values[valuesById[1] = "PAGE_UNUSED"] = 1;
            values[valuesById[2] = "BALLOON_ACTUAL"] = 2;
            return values;
        })();

        return HostLook;
    })();

    /**
     * What a queue, or a hypercall, is for.
     * @name hintlab.QueueRole
     * @enum {number}
     * @property {number} QUEUE_ROLE_UNSPECIFIED=0 QUEUE_ROLE_UNSPECIFIED value
     * @property {number} INFLATE=1 INFLATE value
     * @property {number} DEFLATE=2 DEFLATE value
     * @property {number} STATS=3 STATS value
     * @property {number} FREE_PAGE=4 FREE_PAGE value
     * @property {number} REPORTING=5 REPORTING value
     * @property {number} REQUESTS=6 Messages of hint.proto: each says itself what it asks for.
     * @property {number} STATS_MESSAGES=7 Messages with statistics.
     */
    hintlab.QueueRole = (function() {
        const valuesById = $Object.create(null), values = $Object.create(valuesById);
        values[valuesById[0] = "QUEUE_ROLE_UNSPECIFIED"] = 0;
        values[valuesById[1] = "INFLATE"] = 1;
        values[valuesById[2] = "DEFLATE"] = 2;
        values[valuesById[3] = "STATS"] = 3;
        values[valuesById[4] = "FREE_PAGE"] = 4;
        values[valuesById[5] = "REPORTING"] = 5;
        values[valuesById[6] = "REQUESTS"] = 6;
        values[valuesById[7] = "STATS_MESSAGES"] = 7;
        return values;
    })();

    hintlab.RingWords = (function() {

        /**
         * Properties of a RingWords.
         * @typedef {Object} hintlab.RingWords.$Properties
         * @property {number|null} [availFlags] Split: avail.flags. Packed: flags of the driver's event suppression structure.
         * @property {number|null} [availIdx] Split only.
         * @property {number|null} [usedEvent] Split: used_event. Packed: desc of the driver's event suppression structure.
         * @property {number|null} [usedFlags] Split: used.flags. Packed: flags of the device's event suppression structure.
         * @property {number|null} [usedIdx] Split only.
         * @property {number|null} [availEvent] Split: avail_event. Packed: desc of the device's event suppression structure.
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a RingWords.
         * @memberof hintlab
         * @interface IRingWords
         * @augments hintlab.RingWords.$Properties
         * @deprecated Use hintlab.RingWords.$Properties instead.
         */

        /**
         * Shape of a RingWords.
         * @typedef {hintlab.RingWords.$Properties} hintlab.RingWords.$Shape
         */

        /**
         * Constructs a new RingWords.
         * @memberof hintlab
         * @classdesc The words by which the two sides of a ring talk, as they lie in guest memory. Those that a ring's format does not have are 0.
         * @constructor
         * @param {hintlab.RingWords.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const RingWords = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Split: avail.flags. Packed: flags of the driver's event suppression structure.
         * @member {number} availFlags
         * @memberof hintlab.RingWords
         * @instance
         */
        RingWords.prototype.availFlags = 0;

        /**
         * Split only.
         * @member {number} availIdx
         * @memberof hintlab.RingWords
         * @instance
         */
        RingWords.prototype.availIdx = 0;

        /**
         * Split: used_event. Packed: desc of the driver's event suppression structure.
         * @member {number} usedEvent
         * @memberof hintlab.RingWords
         * @instance
         */
        RingWords.prototype.usedEvent = 0;

        /**
         * Split: used.flags. Packed: flags of the device's event suppression structure.
         * @member {number} usedFlags
         * @memberof hintlab.RingWords
         * @instance
         */
        RingWords.prototype.usedFlags = 0;

        /**
         * Split only.
         * @member {number} usedIdx
         * @memberof hintlab.RingWords
         * @instance
         */
        RingWords.prototype.usedIdx = 0;

        /**
         * Split: avail_event. Packed: desc of the device's event suppression structure.
         * @member {number} availEvent
         * @memberof hintlab.RingWords
         * @instance
         */
        RingWords.prototype.availEvent = 0;

        /**
         * Encodes the specified RingWords message. Does not implicitly {@link hintlab.RingWords.verify|verify} messages.
         * @function encode
         * @memberof hintlab.RingWords
         * @static
         * @param {hintlab.RingWords.$Properties} message RingWords message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        RingWords.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.availFlags != null && $Object.hasOwnProperty.call(message, "availFlags") && message.availFlags !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.availFlags);
            if (message.availIdx != null && $Object.hasOwnProperty.call(message, "availIdx") && message.availIdx !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.availIdx);
            if (message.usedEvent != null && $Object.hasOwnProperty.call(message, "usedEvent") && message.usedEvent !== 0)
                writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.usedEvent);
            if (message.usedFlags != null && $Object.hasOwnProperty.call(message, "usedFlags") && message.usedFlags !== 0)
                writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.usedFlags);
            if (message.usedIdx != null && $Object.hasOwnProperty.call(message, "usedIdx") && message.usedIdx !== 0)
                writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.usedIdx);
            if (message.availEvent != null && $Object.hasOwnProperty.call(message, "availEvent") && message.availEvent !== 0)
                writer.uint32(/* id 6, wireType 0 =*/48).uint32(message.availEvent);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a RingWords message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.RingWords
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.RingWords & hintlab.RingWords.$Shape} RingWords
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        RingWords.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.RingWords();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.availFlags = value;
                        else
                            delete message.availFlags;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.availIdx = value;
                        else
                            delete message.availIdx;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.usedEvent = value;
                        else
                            delete message.usedEvent;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.usedFlags = value;
                        else
                            delete message.usedFlags;
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.usedIdx = value;
                        else
                            delete message.usedIdx;
                        continue;
                    }
                case 6: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.availEvent = value;
                        else
                            delete message.availEvent;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return RingWords;
    })();

    hintlab.FeaturesOffered = (function() {

        /**
         * Properties of a FeaturesOffered.
         * @typedef {Object} hintlab.FeaturesOffered.$Properties
         * @property {hintlab.FeatureBits.$Properties|null} [features] FeaturesOffered features
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a FeaturesOffered.
         * @memberof hintlab
         * @interface IFeaturesOffered
         * @augments hintlab.FeaturesOffered.$Properties
         * @deprecated Use hintlab.FeaturesOffered.$Properties instead.
         */

        /**
         * Shape of a FeaturesOffered.
         * @typedef {hintlab.FeaturesOffered.$Properties} hintlab.FeaturesOffered.$Shape
         */

        /**
         * Constructs a new FeaturesOffered.
         * @memberof hintlab
         * @classdesc The device showed its features.
         * @constructor
         * @param {hintlab.FeaturesOffered.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const FeaturesOffered = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * FeaturesOffered features.
         * @member {hintlab.FeatureBits.$Properties|null|undefined} features
         * @memberof hintlab.FeaturesOffered
         * @instance
         */
        FeaturesOffered.prototype.features = null;

        /**
         * Encodes the specified FeaturesOffered message. Does not implicitly {@link hintlab.FeaturesOffered.verify|verify} messages.
         * @function encode
         * @memberof hintlab.FeaturesOffered
         * @static
         * @param {hintlab.FeaturesOffered.$Properties} message FeaturesOffered message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        FeaturesOffered.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.features != null && $Object.hasOwnProperty.call(message, "features"))
                $root.hintlab.FeatureBits.encode(message.features, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a FeaturesOffered message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.FeaturesOffered
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.FeaturesOffered & hintlab.FeaturesOffered.$Shape} FeaturesOffered
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        FeaturesOffered.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.FeaturesOffered();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        message.features = $root.hintlab.FeatureBits.decode(reader, reader.size(), $undefined, _depth + 1, message.features);
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return FeaturesOffered;
    })();

    hintlab.FeaturesAccepted = (function() {

        /**
         * Properties of a FeaturesAccepted.
         * @typedef {Object} hintlab.FeaturesAccepted.$Properties
         * @property {hintlab.FeatureBits.$Properties|null} [features] FeaturesAccepted features
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a FeaturesAccepted.
         * @memberof hintlab
         * @interface IFeaturesAccepted
         * @augments hintlab.FeaturesAccepted.$Properties
         * @deprecated Use hintlab.FeaturesAccepted.$Properties instead.
         */

        /**
         * Shape of a FeaturesAccepted.
         * @typedef {hintlab.FeaturesAccepted.$Properties} hintlab.FeaturesAccepted.$Shape
         */

        /**
         * Constructs a new FeaturesAccepted.
         * @memberof hintlab
         * @classdesc The driver wrote the features it takes.
         * @constructor
         * @param {hintlab.FeaturesAccepted.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const FeaturesAccepted = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * FeaturesAccepted features.
         * @member {hintlab.FeatureBits.$Properties|null|undefined} features
         * @memberof hintlab.FeaturesAccepted
         * @instance
         */
        FeaturesAccepted.prototype.features = null;

        /**
         * Encodes the specified FeaturesAccepted message. Does not implicitly {@link hintlab.FeaturesAccepted.verify|verify} messages.
         * @function encode
         * @memberof hintlab.FeaturesAccepted
         * @static
         * @param {hintlab.FeaturesAccepted.$Properties} message FeaturesAccepted message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        FeaturesAccepted.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.features != null && $Object.hasOwnProperty.call(message, "features"))
                $root.hintlab.FeatureBits.encode(message.features, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a FeaturesAccepted message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.FeaturesAccepted
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.FeaturesAccepted & hintlab.FeaturesAccepted.$Shape} FeaturesAccepted
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        FeaturesAccepted.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.FeaturesAccepted();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        message.features = $root.hintlab.FeatureBits.decode(reader, reader.size(), $undefined, _depth + 1, message.features);
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return FeaturesAccepted;
    })();

    hintlab.StatusAccess = (function() {

        /**
         * Properties of a StatusAccess.
         * @typedef {Object} hintlab.StatusAccess.$Properties
         * @property {boolean|null} [write] The driver wrote it. Otherwise the driver read it, or the device set a bit of its own (DEVICE_NEEDS_RESET, 64).
         * @property {number|null} [value] 0 is a reset. 1 ACKNOWLEDGE, 2 DRIVER, 4 DRIVER_OK, 8 FEATURES_OK, 64 DEVICE_NEEDS_RESET, 128 FAILED.
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a StatusAccess.
         * @memberof hintlab
         * @interface IStatusAccess
         * @augments hintlab.StatusAccess.$Properties
         * @deprecated Use hintlab.StatusAccess.$Properties instead.
         */

        /**
         * Shape of a StatusAccess.
         * @typedef {hintlab.StatusAccess.$Properties} hintlab.StatusAccess.$Shape
         */

        /**
         * Constructs a new StatusAccess.
         * @memberof hintlab
         * @classdesc The device status field.
         * @constructor
         * @param {hintlab.StatusAccess.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const StatusAccess = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * The driver wrote it. Otherwise the driver read it, or the device set a bit of its own (DEVICE_NEEDS_RESET, 64).
         * @member {boolean} write
         * @memberof hintlab.StatusAccess
         * @instance
         */
        StatusAccess.prototype.write = false;

        /**
         * 0 is a reset. 1 ACKNOWLEDGE, 2 DRIVER, 4 DRIVER_OK, 8 FEATURES_OK, 64 DEVICE_NEEDS_RESET, 128 FAILED.
         * @member {number} value
         * @memberof hintlab.StatusAccess
         * @instance
         */
        StatusAccess.prototype.value = 0;

        /**
         * Encodes the specified StatusAccess message. Does not implicitly {@link hintlab.StatusAccess.verify|verify} messages.
         * @function encode
         * @memberof hintlab.StatusAccess
         * @static
         * @param {hintlab.StatusAccess.$Properties} message StatusAccess message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        StatusAccess.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.write != null && $Object.hasOwnProperty.call(message, "write") && message.write !== false)
                writer.uint32(/* id 1, wireType 0 =*/8).bool(message.write);
            if (message.value != null && $Object.hasOwnProperty.call(message, "value") && message.value !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.value);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a StatusAccess message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.StatusAccess
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.StatusAccess & hintlab.StatusAccess.$Shape} StatusAccess
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        StatusAccess.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.StatusAccess();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.write = value;
                        else
                            delete message.write;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.value = value;
                        else
                            delete message.value;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return StatusAccess;
    })();

    hintlab.ConfigAccess = (function() {

        /**
         * Properties of a ConfigAccess.
         * @typedef {Object} hintlab.ConfigAccess.$Properties
         * @property {boolean|null} [write] ConfigAccess write
         * @property {number|null} [offset] First byte.
         * @property {Uint8Array|null} [data] ConfigAccess data
         * @property {number|null} [generation] The generation at that moment.
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a ConfigAccess.
         * @memberof hintlab
         * @interface IConfigAccess
         * @augments hintlab.ConfigAccess.$Properties
         * @deprecated Use hintlab.ConfigAccess.$Properties instead.
         */

        /**
         * Shape of a ConfigAccess.
         * @typedef {hintlab.ConfigAccess.$Properties} hintlab.ConfigAccess.$Shape
         */

        /**
         * Constructs a new ConfigAccess.
         * @memberof hintlab
         * @classdesc The driver read or wrote bytes of the configuration space.
         * @constructor
         * @param {hintlab.ConfigAccess.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const ConfigAccess = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * ConfigAccess write.
         * @member {boolean} write
         * @memberof hintlab.ConfigAccess
         * @instance
         */
        ConfigAccess.prototype.write = false;

        /**
         * First byte.
         * @member {number} offset
         * @memberof hintlab.ConfigAccess
         * @instance
         */
        ConfigAccess.prototype.offset = 0;

        /**
         * ConfigAccess data.
         * @member {Uint8Array} data
         * @memberof hintlab.ConfigAccess
         * @instance
         */
        ConfigAccess.prototype.data = $util.newBuffer([]);

        /**
         * The generation at that moment.
         * @member {number} generation
         * @memberof hintlab.ConfigAccess
         * @instance
         */
        ConfigAccess.prototype.generation = 0;

        /**
         * Encodes the specified ConfigAccess message. Does not implicitly {@link hintlab.ConfigAccess.verify|verify} messages.
         * @function encode
         * @memberof hintlab.ConfigAccess
         * @static
         * @param {hintlab.ConfigAccess.$Properties} message ConfigAccess message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        ConfigAccess.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.write != null && $Object.hasOwnProperty.call(message, "write") && message.write !== false)
                writer.uint32(/* id 1, wireType 0 =*/8).bool(message.write);
            if (message.offset != null && $Object.hasOwnProperty.call(message, "offset") && message.offset !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.offset);
            if (message.data != null && $Object.hasOwnProperty.call(message, "data") && message.data.length)
                writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.data);
            if (message.generation != null && $Object.hasOwnProperty.call(message, "generation") && message.generation !== 0)
                writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.generation);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a ConfigAccess message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.ConfigAccess
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.ConfigAccess & hintlab.ConfigAccess.$Shape} ConfigAccess
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        ConfigAccess.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.ConfigAccess();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.write = value;
                        else
                            delete message.write;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.offset = value;
                        else
                            delete message.offset;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.data = value;
                        else
                            delete message.data;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.generation = value;
                        else
                            delete message.generation;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return ConfigAccess;
    })();

    hintlab.QueueSetup = (function() {

        /**
         * Properties of a QueueSetup.
         * @typedef {Object} hintlab.QueueSetup.$Properties
         * @property {number|null} [queue] QueueSetup queue
         * @property {number|null} [size] QueueSetup size
         * @property {number|null} [descGpa] QueueSetup descGpa
         * @property {number|null} [availGpa] QueueSetup availGpa
         * @property {number|null} [usedGpa] QueueSetup usedGpa
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a QueueSetup.
         * @memberof hintlab
         * @interface IQueueSetup
         * @augments hintlab.QueueSetup.$Properties
         * @deprecated Use hintlab.QueueSetup.$Properties instead.
         */

        /**
         * Shape of a QueueSetup.
         * @typedef {hintlab.QueueSetup.$Properties} hintlab.QueueSetup.$Shape
         */

        /**
         * Constructs a new QueueSetup.
         * @memberof hintlab
         * @classdesc The driver said where a queue lies. Of a packed ring, avail is the driver's and used the device's event suppression structure.
         * @constructor
         * @param {hintlab.QueueSetup.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const QueueSetup = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * QueueSetup queue.
         * @member {number} queue
         * @memberof hintlab.QueueSetup
         * @instance
         */
        QueueSetup.prototype.queue = 0;

        /**
         * QueueSetup size.
         * @member {number} size
         * @memberof hintlab.QueueSetup
         * @instance
         */
        QueueSetup.prototype.size = 0;

        /**
         * QueueSetup descGpa.
         * @member {number} descGpa
         * @memberof hintlab.QueueSetup
         * @instance
         */
        QueueSetup.prototype.descGpa = 0;

        /**
         * QueueSetup availGpa.
         * @member {number} availGpa
         * @memberof hintlab.QueueSetup
         * @instance
         */
        QueueSetup.prototype.availGpa = 0;

        /**
         * QueueSetup usedGpa.
         * @member {number} usedGpa
         * @memberof hintlab.QueueSetup
         * @instance
         */
        QueueSetup.prototype.usedGpa = 0;

        /**
         * Encodes the specified QueueSetup message. Does not implicitly {@link hintlab.QueueSetup.verify|verify} messages.
         * @function encode
         * @memberof hintlab.QueueSetup
         * @static
         * @param {hintlab.QueueSetup.$Properties} message QueueSetup message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        QueueSetup.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.queue != null && $Object.hasOwnProperty.call(message, "queue") && message.queue !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.queue);
            if (message.size != null && $Object.hasOwnProperty.call(message, "size") && message.size !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.size);
            if (message.descGpa != null && $Object.hasOwnProperty.call(message, "descGpa") && !$Object.is(message.descGpa, 0))
                writer.uint32(/* id 3, wireType 1 =*/25).double(message.descGpa);
            if (message.availGpa != null && $Object.hasOwnProperty.call(message, "availGpa") && !$Object.is(message.availGpa, 0))
                writer.uint32(/* id 4, wireType 1 =*/33).double(message.availGpa);
            if (message.usedGpa != null && $Object.hasOwnProperty.call(message, "usedGpa") && !$Object.is(message.usedGpa, 0))
                writer.uint32(/* id 5, wireType 1 =*/41).double(message.usedGpa);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a QueueSetup message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.QueueSetup
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.QueueSetup & hintlab.QueueSetup.$Shape} QueueSetup
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        QueueSetup.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.QueueSetup();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.queue = value;
                        else
                            delete message.queue;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.size = value;
                        else
                            delete message.size;
                        continue;
                    }
                case 3: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.descGpa = value;
                        else
                            delete message.descGpa;
                        continue;
                    }
                case 4: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.availGpa = value;
                        else
                            delete message.availGpa;
                        continue;
                    }
                case 5: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.usedGpa = value;
                        else
                            delete message.usedGpa;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return QueueSetup;
    })();

    hintlab.QueueState = (function() {

        /**
         * Properties of a QueueState.
         * @typedef {Object} hintlab.QueueState.$Properties
         * @property {number|null} [queue] QueueState queue
         * @property {hintlab.QueueState.Change|null} [change] QueueState change
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a QueueState.
         * @memberof hintlab
         * @interface IQueueState
         * @augments hintlab.QueueState.$Properties
         * @deprecated Use hintlab.QueueState.$Properties instead.
         */

        /**
         * Shape of a QueueState.
         * @typedef {hintlab.QueueState.$Properties} hintlab.QueueState.$Shape
         */

        /**
         * Constructs a new QueueState.
         * @memberof hintlab
         * @classdesc A queue began or ceased to be used.
         * @constructor
         * @param {hintlab.QueueState.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const QueueState = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * QueueState queue.
         * @member {number} queue
         * @memberof hintlab.QueueState
         * @instance
         */
        QueueState.prototype.queue = 0;

        /**
         * QueueState change.
         * @member {hintlab.QueueState.Change} change
         * @memberof hintlab.QueueState
         * @instance
         */
        QueueState.prototype.change = 0;

        /**
         * Encodes the specified QueueState message. Does not implicitly {@link hintlab.QueueState.verify|verify} messages.
         * @function encode
         * @memberof hintlab.QueueState
         * @static
         * @param {hintlab.QueueState.$Properties} message QueueState message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        QueueState.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.queue != null && $Object.hasOwnProperty.call(message, "queue") && message.queue !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.queue);
            if (message.change != null && $Object.hasOwnProperty.call(message, "change") && message.change !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).int32(message.change);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a QueueState message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.QueueState
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.QueueState & hintlab.QueueState.$Shape} QueueState
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        QueueState.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.QueueState();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.queue = value;
                        else
                            delete message.queue;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.int32())
                            message.change = value;
                        else
                            delete message.change;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        /**
         * Change enum.
         * @name hintlab.QueueState.Change
         * @enum {number}
         * @property {number} UNSPECIFIED=0 UNSPECIFIED value
         * @property {number} ENABLED=1 The device may take buffers.
         * @property {number} DISABLED=2 The device no longer does.
         * @property {number} RESET_ASKED=3 The driver asked for a reset of this queue.
         * @property {number} RESET_DONE=4 The device has finished it.
         */
        QueueState.Change = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "UNSPECIFIED"] = 0;
            values[valuesById[1] = "ENABLED"] = 1;
            values[valuesById[2] = "DISABLED"] = 2;
            values[valuesById[3] = "RESET_ASKED"] = 3;
            values[valuesById[4] = "RESET_DONE"] = 4;
            return values;
        })();

        return QueueState;
    })();

    hintlab.VhostUserMessage = (function() {

        /**
         * Properties of a VhostUserMessage.
         * @typedef {Object} hintlab.VhostUserMessage.$Properties
         * @property {boolean|null} [fromFrontEnd] From the front-end (the VMM), or to it.
         * @property {number|null} [request] VhostUserMessage request
         * @property {number|null} [flags] VhostUserMessage flags
         * @property {number|null} [size] Bytes after the header, as the header says.
         * @property {number|null} [fds] File descriptors that came along.
         * @property {Uint8Array|null} [payload] VhostUserMessage payload
         * @property {boolean|null} [backChannel] On the channel that the back-end uses to ask the front-end.
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a VhostUserMessage.
         * @memberof hintlab
         * @interface IVhostUserMessage
         * @augments hintlab.VhostUserMessage.$Properties
         * @deprecated Use hintlab.VhostUserMessage.$Properties instead.
         */

        /**
         * Shape of a VhostUserMessage.
         * @typedef {hintlab.VhostUserMessage.$Properties} hintlab.VhostUserMessage.$Shape
         */

        /**
         * Constructs a new VhostUserMessage.
         * @memberof hintlab
         * @classdesc One vhost-user message.
         * @constructor
         * @param {hintlab.VhostUserMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const VhostUserMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * From the front-end (the VMM), or to it.
         * @member {boolean} fromFrontEnd
         * @memberof hintlab.VhostUserMessage
         * @instance
         */
        VhostUserMessage.prototype.fromFrontEnd = false;

        /**
         * VhostUserMessage request.
         * @member {number} request
         * @memberof hintlab.VhostUserMessage
         * @instance
         */
        VhostUserMessage.prototype.request = 0;

        /**
         * VhostUserMessage flags.
         * @member {number} flags
         * @memberof hintlab.VhostUserMessage
         * @instance
         */
        VhostUserMessage.prototype.flags = 0;

        /**
         * Bytes after the header, as the header says.
         * @member {number} size
         * @memberof hintlab.VhostUserMessage
         * @instance
         */
        VhostUserMessage.prototype.size = 0;

        /**
         * File descriptors that came along.
         * @member {number} fds
         * @memberof hintlab.VhostUserMessage
         * @instance
         */
        VhostUserMessage.prototype.fds = 0;

        /**
         * VhostUserMessage payload.
         * @member {Uint8Array} payload
         * @memberof hintlab.VhostUserMessage
         * @instance
         */
        VhostUserMessage.prototype.payload = $util.newBuffer([]);

        /**
         * On the channel that the back-end uses to ask the front-end.
         * @member {boolean} backChannel
         * @memberof hintlab.VhostUserMessage
         * @instance
         */
        VhostUserMessage.prototype.backChannel = false;

        /**
         * Encodes the specified VhostUserMessage message. Does not implicitly {@link hintlab.VhostUserMessage.verify|verify} messages.
         * @function encode
         * @memberof hintlab.VhostUserMessage
         * @static
         * @param {hintlab.VhostUserMessage.$Properties} message VhostUserMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        VhostUserMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.fromFrontEnd != null && $Object.hasOwnProperty.call(message, "fromFrontEnd") && message.fromFrontEnd !== false)
                writer.uint32(/* id 1, wireType 0 =*/8).bool(message.fromFrontEnd);
            if (message.request != null && $Object.hasOwnProperty.call(message, "request") && message.request !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.request);
            if (message.flags != null && $Object.hasOwnProperty.call(message, "flags") && message.flags !== 0)
                writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.flags);
            if (message.size != null && $Object.hasOwnProperty.call(message, "size") && message.size !== 0)
                writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.size);
            if (message.fds != null && $Object.hasOwnProperty.call(message, "fds") && message.fds !== 0)
                writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.fds);
            if (message.payload != null && $Object.hasOwnProperty.call(message, "payload") && message.payload.length)
                writer.uint32(/* id 6, wireType 2 =*/50).bytes(message.payload);
            if (message.backChannel != null && $Object.hasOwnProperty.call(message, "backChannel") && message.backChannel !== false)
                writer.uint32(/* id 7, wireType 0 =*/56).bool(message.backChannel);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a VhostUserMessage message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.VhostUserMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.VhostUserMessage & hintlab.VhostUserMessage.$Shape} VhostUserMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        VhostUserMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.VhostUserMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.fromFrontEnd = value;
                        else
                            delete message.fromFrontEnd;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.request = value;
                        else
                            delete message.request;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.flags = value;
                        else
                            delete message.flags;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.size = value;
                        else
                            delete message.size;
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.fds = value;
                        else
                            delete message.fds;
                        continue;
                    }
                case 6: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.payload = value;
                        else
                            delete message.payload;
                        continue;
                    }
                case 7: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.backChannel = value;
                        else
                            delete message.backChannel;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return VhostUserMessage;
    })();

    hintlab.RegisterAccess = (function() {

        /**
         * Properties of a RegisterAccess.
         * @typedef {Object} hintlab.RegisterAccess.$Properties
         * @property {boolean|null} [write] The driver wrote it; otherwise it read it.
         * @property {number|null} [offset] RegisterAccess offset
         * @property {number|null} [value] RegisterAccess value
         * @property {number|null} [width] 1, 2 or 4 bytes.
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a RegisterAccess.
         * @memberof hintlab
         * @interface IRegisterAccess
         * @augments hintlab.RegisterAccess.$Properties
         * @deprecated Use hintlab.RegisterAccess.$Properties instead.
         */

        /**
         * Shape of a RegisterAccess.
         * @typedef {hintlab.RegisterAccess.$Properties} hintlab.RegisterAccess.$Shape
         */

        /**
         * Constructs a new RegisterAccess.
         * @memberof hintlab
         * @classdesc An access to a register of virtio-mmio, 0x000 to 0x0ff, or through it to the configuration space, from 0x100.
         * @constructor
         * @param {hintlab.RegisterAccess.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const RegisterAccess = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * The driver wrote it; otherwise it read it.
         * @member {boolean} write
         * @memberof hintlab.RegisterAccess
         * @instance
         */
        RegisterAccess.prototype.write = false;

        /**
         * RegisterAccess offset.
         * @member {number} offset
         * @memberof hintlab.RegisterAccess
         * @instance
         */
        RegisterAccess.prototype.offset = 0;

        /**
         * RegisterAccess value.
         * @member {number} value
         * @memberof hintlab.RegisterAccess
         * @instance
         */
        RegisterAccess.prototype.value = 0;

        /**
         * 1, 2 or 4 bytes.
         * @member {number} width
         * @memberof hintlab.RegisterAccess
         * @instance
         */
        RegisterAccess.prototype.width = 0;

        /**
         * Encodes the specified RegisterAccess message. Does not implicitly {@link hintlab.RegisterAccess.verify|verify} messages.
         * @function encode
         * @memberof hintlab.RegisterAccess
         * @static
         * @param {hintlab.RegisterAccess.$Properties} message RegisterAccess message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        RegisterAccess.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.write != null && $Object.hasOwnProperty.call(message, "write") && message.write !== false)
                writer.uint32(/* id 1, wireType 0 =*/8).bool(message.write);
            if (message.offset != null && $Object.hasOwnProperty.call(message, "offset") && message.offset !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.offset);
            if (message.value != null && $Object.hasOwnProperty.call(message, "value") && message.value !== 0)
                writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.value);
            if (message.width != null && $Object.hasOwnProperty.call(message, "width") && message.width !== 0)
                writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.width);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a RegisterAccess message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.RegisterAccess
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.RegisterAccess & hintlab.RegisterAccess.$Shape} RegisterAccess
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        RegisterAccess.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.RegisterAccess();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.write = value;
                        else
                            delete message.write;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.offset = value;
                        else
                            delete message.offset;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.value = value;
                        else
                            delete message.value;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.width = value;
                        else
                            delete message.width;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return RegisterAccess;
    })();

    hintlab.MemoryAccess = (function() {

        /**
         * Properties of a MemoryAccess.
         * @typedef {Object} hintlab.MemoryAccess.$Properties
         * @property {hintlab.MemoryAccess.Kind|null} [kind] MemoryAccess kind
         * @property {number|null} [gpa] MemoryAccess gpa
         * @property {number|null} [length] Bytes.
         * @property {number|null} [fill] Of GUEST_WRITE and SEEN: the 32-bit word that the whole range holds from then on. Absent when the words differ or were not looked at.
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a MemoryAccess.
         * @memberof hintlab
         * @interface IMemoryAccess
         * @augments hintlab.MemoryAccess.$Properties
         * @deprecated Use hintlab.MemoryAccess.$Properties instead.
         */

        /**
         * Shape of a MemoryAccess.
         * @typedef {hintlab.MemoryAccess.$Properties} hintlab.MemoryAccess.$Shape
         */

        /**
         * Constructs a new MemoryAccess.
         * @memberof hintlab
         * @classdesc What happened to guest memory beside the rings, where an observer could see it. Without such events the rules about pages go unchecked; they
         * never make a conversation wrong that would be right without.
         * @constructor
         * @param {hintlab.MemoryAccess.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const MemoryAccess = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * MemoryAccess kind.
         * @member {hintlab.MemoryAccess.Kind} kind
         * @memberof hintlab.MemoryAccess
         * @instance
         */
        MemoryAccess.prototype.kind = 0;

        /**
         * MemoryAccess gpa.
         * @member {number} gpa
         * @memberof hintlab.MemoryAccess
         * @instance
         */
        MemoryAccess.prototype.gpa = 0;

        /**
         * Bytes.
         * @member {number} length
         * @memberof hintlab.MemoryAccess
         * @instance
         */
        MemoryAccess.prototype.length = 0;

        /**
         * Of GUEST_WRITE and SEEN: the 32-bit word that the whole range holds from then on. Absent when the words differ or were not looked at.
         * @member {number|null|undefined} fill
         * @memberof hintlab.MemoryAccess
         * @instance
         */
        MemoryAccess.prototype.fill = null;

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(MemoryAccess.prototype, "_fill", {
            get: $util.oneOfGetter($oneOfFields = ["fill"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified MemoryAccess message. Does not implicitly {@link hintlab.MemoryAccess.verify|verify} messages.
         * @function encode
         * @memberof hintlab.MemoryAccess
         * @static
         * @param {hintlab.MemoryAccess.$Properties} message MemoryAccess message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        MemoryAccess.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.kind != null && $Object.hasOwnProperty.call(message, "kind") && message.kind !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).int32(message.kind);
            if (message.gpa != null && $Object.hasOwnProperty.call(message, "gpa") && !$Object.is(message.gpa, 0))
                writer.uint32(/* id 2, wireType 1 =*/17).double(message.gpa);
            if (message.length != null && $Object.hasOwnProperty.call(message, "length") && !$Object.is(message.length, 0))
                writer.uint32(/* id 3, wireType 1 =*/25).double(message.length);
            if (message.fill != null && $Object.hasOwnProperty.call(message, "fill"))
                writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.fill);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a MemoryAccess message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.MemoryAccess
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.MemoryAccess & hintlab.MemoryAccess.$Shape} MemoryAccess
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        MemoryAccess.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.MemoryAccess();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.int32())
                            message.kind = value;
                        else
                            delete message.kind;
                        continue;
                    }
                case 2: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.gpa = value;
                        else
                            delete message.gpa;
                        continue;
                    }
                case 3: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.length = value;
                        else
                            delete message.length;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        message.fill = reader.uint32();
                        message._fill = "fill";
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        /**
         * Kind enum.
         * @name hintlab.MemoryAccess.Kind
         * @enum {number}
         * @property {number} UNSPECIFIED=0 UNSPECIFIED value
         * @property {number} GUEST_READ=1 The guest read pages, for itself.
         * @property {number} GUEST_WRITE=2 The guest wrote pages.
         * @property {number} DISCARD=3 The device dropped the contents of pages.
         * @property {number} SEEN=4 The observer looked.
         */
        MemoryAccess.Kind = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "UNSPECIFIED"] = 0;
            values[valuesById[1] = "GUEST_READ"] = 1;
            values[valuesById[2] = "GUEST_WRITE"] = 2;
            values[valuesById[3] = "DISCARD"] = 3;
            values[valuesById[4] = "SEEN"] = 4;
            return values;
        })();

        return MemoryAccess;
    })();

    hintlab.MemoryRegion = (function() {

        /**
         * Properties of a MemoryRegion.
         * @typedef {Object} hintlab.MemoryRegion.$Properties
         * @property {number|null} [gpa] MemoryRegion gpa
         * @property {number|null} [length] MemoryRegion length
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a MemoryRegion.
         * @memberof hintlab
         * @interface IMemoryRegion
         * @augments hintlab.MemoryRegion.$Properties
         * @deprecated Use hintlab.MemoryRegion.$Properties instead.
         */

        /**
         * Shape of a MemoryRegion.
         * @typedef {hintlab.MemoryRegion.$Properties} hintlab.MemoryRegion.$Shape
         */

        /**
         * Constructs a new MemoryRegion.
         * @memberof hintlab
         * @classdesc Guest physical memory [gpa, gpa + length), in bytes.
         * @constructor
         * @param {hintlab.MemoryRegion.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const MemoryRegion = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * MemoryRegion gpa.
         * @member {number} gpa
         * @memberof hintlab.MemoryRegion
         * @instance
         */
        MemoryRegion.prototype.gpa = 0;

        /**
         * MemoryRegion length.
         * @member {number} length
         * @memberof hintlab.MemoryRegion
         * @instance
         */
        MemoryRegion.prototype.length = 0;

        /**
         * Encodes the specified MemoryRegion message. Does not implicitly {@link hintlab.MemoryRegion.verify|verify} messages.
         * @function encode
         * @memberof hintlab.MemoryRegion
         * @static
         * @param {hintlab.MemoryRegion.$Properties} message MemoryRegion message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        MemoryRegion.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.gpa != null && $Object.hasOwnProperty.call(message, "gpa") && !$Object.is(message.gpa, 0))
                writer.uint32(/* id 1, wireType 1 =*/9).double(message.gpa);
            if (message.length != null && $Object.hasOwnProperty.call(message, "length") && !$Object.is(message.length, 0))
                writer.uint32(/* id 2, wireType 1 =*/17).double(message.length);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a MemoryRegion message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.MemoryRegion
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.MemoryRegion & hintlab.MemoryRegion.$Shape} MemoryRegion
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        MemoryRegion.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.MemoryRegion();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.gpa = value;
                        else
                            delete message.gpa;
                        continue;
                    }
                case 2: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.length = value;
                        else
                            delete message.length;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return MemoryRegion;
    })();

    hintlab.Event = (function() {

        /**
         * Properties of an Event.
         * @typedef {Object} hintlab.Event.$Properties
         * @property {number|null} [timeNs] Nanoseconds since the start of the conversation: virtual time of a model, monotonic clock of a live peer.
         * @property {number|null} [sequence] Position in the conversation, counted from 0. A replay keeps this order where times are equal.
         * @property {number|null} [cpu] The virtual CPU on which it happened; those of the host count on from the last one.
         * @property {hintlab.DescriptorChain.$Properties|null} [chain] Event chain
         * @property {hintlab.Kick.$Properties|null} [kick] Event kick
         * @property {hintlab.UsedElement.$Properties|null} [used] Event used
         * @property {hintlab.Interrupt.$Properties|null} [interrupt] Event interrupt
         * @property {hintlab.Hypercall.$Properties|null} [hypercall] Event hypercall
         * @property {hintlab.HypercallReturn.$Properties|null} [hypercallReturn] Event hypercallReturn
         * @property {hintlab.BalloonConfig.$Properties|null} [config] A side wrote the configuration space, which reads so afterwards.
         * @property {hintlab.FeaturesOffered.$Properties|null} [offered] Event offered
         * @property {hintlab.FeaturesAccepted.$Properties|null} [accepted] Event accepted
         * @property {hintlab.StatusAccess.$Properties|null} [status] Event status
         * @property {hintlab.ConfigAccess.$Properties|null} [configAccess] Event configAccess
         * @property {hintlab.QueueSetup.$Properties|null} [queueSetup] Event queueSetup
         * @property {hintlab.QueueState.$Properties|null} [queueState] Event queueState
         * @property {hintlab.VhostUserMessage.$Properties|null} [vhostUser] Event vhostUser
         * @property {hintlab.MemoryAccess.$Properties|null} [memory] Event memory
         * @property {hintlab.RegisterAccess.$Properties|null} [register] Event register
         * @property {hintlab.GuestExit.$Properties|null} [exit] Event exit
         * @property {hintlab.CpuTime.$Properties|null} [cpuTime] Event cpuTime
         * @property {hintlab.HostLook.$Properties|null} [look] Event look
         * @property {Uint8Array|null} [payload] The bytes that went along, joined in chain order: for a chain its device-readable buffers, for a used element what the device wrote.
         * @property {hintlab.RingWords.$Properties|null} [words] The words of the queue's ring at that moment, for events of a queue. Absent where the observer could not read them.
         * @property {hintlab.QueueRole|null} [role] What the queue is for, for events of a queue and for hypercalls. UNSPECIFIED where the features say it.
         * @property {number|null} [otherSteps] Of a modelled machine: steps that the tasks of the other side had taken. Orders what the two did at the same nanosecond.
         * @property {number|null} [delayNs] Of a change of the configuration: how much later the other side hears of it, ns.
         * @property {"chain"|"kick"|"used"|"interrupt"|"hypercall"|"hypercallReturn"|"config"|"offered"|"accepted"|"status"|"configAccess"|"queueSetup"|"queueState"|"vhostUser"|"memory"|"register"|"exit"|"cpuTime"|"look"} [what] Event what
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of an Event.
         * @memberof hintlab
         * @interface IEvent
         * @augments hintlab.Event.$Properties
         * @deprecated Use hintlab.Event.$Properties instead.
         */

        /**
         * Narrowed shape of an Event.
         * @typedef {{
         *   timeNs?: number|null;
         *   sequence?: number|null;
         *   cpu?: number|null;
         *   chain?: hintlab.DescriptorChain.$Shape|null;
         *   kick?: hintlab.Kick.$Shape|null;
         *   used?: hintlab.UsedElement.$Shape|null;
         *   interrupt?: hintlab.Interrupt.$Shape|null;
         *   hypercall?: hintlab.Hypercall.$Shape|null;
         *   hypercallReturn?: hintlab.HypercallReturn.$Shape|null;
         *   config?: hintlab.BalloonConfig.$Shape|null;
         *   offered?: hintlab.FeaturesOffered.$Shape|null;
         *   accepted?: hintlab.FeaturesAccepted.$Shape|null;
         *   status?: hintlab.StatusAccess.$Shape|null;
         *   configAccess?: hintlab.ConfigAccess.$Shape|null;
         *   queueSetup?: hintlab.QueueSetup.$Shape|null;
         *   queueState?: hintlab.QueueState.$Shape|null;
         *   vhostUser?: hintlab.VhostUserMessage.$Shape|null;
         *   memory?: hintlab.MemoryAccess.$Shape|null;
         *   register?: hintlab.RegisterAccess.$Shape|null;
         *   exit?: hintlab.GuestExit.$Shape|null;
         *   cpuTime?: hintlab.CpuTime.$Shape|null;
         *   look?: hintlab.HostLook.$Shape|null;
         *   payload?: Uint8Array|null;
         *   words?: hintlab.RingWords.$Shape|null;
         *   role?: hintlab.QueueRole|null;
         *   otherSteps?: number|null;
         *   delayNs?: number|null;
         *   $unknowns?: Array.<Uint8Array>;
         * } & (
         *   ({ what?: undefined; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "chain"; chain: hintlab.DescriptorChain.$Shape; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "kick"; chain?: null; kick: hintlab.Kick.$Shape; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "used"; chain?: null; kick?: null; used: hintlab.UsedElement.$Shape; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "interrupt"; chain?: null; kick?: null; used?: null; interrupt: hintlab.Interrupt.$Shape; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "hypercall"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall: hintlab.Hypercall.$Shape; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "hypercallReturn"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn: hintlab.HypercallReturn.$Shape; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "config"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config: hintlab.BalloonConfig.$Shape; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "offered"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered: hintlab.FeaturesOffered.$Shape; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "accepted"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted: hintlab.FeaturesAccepted.$Shape; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "status"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status: hintlab.StatusAccess.$Shape; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "configAccess"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess: hintlab.ConfigAccess.$Shape; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "queueSetup"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup: hintlab.QueueSetup.$Shape; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "queueState"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState: hintlab.QueueState.$Shape; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "vhostUser"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser: hintlab.VhostUserMessage.$Shape; memory?: null; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "memory"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory: hintlab.MemoryAccess.$Shape; register?: null; exit?: null; cpuTime?: null; look?: null }|{ what?: "register"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register: hintlab.RegisterAccess.$Shape; exit?: null; cpuTime?: null; look?: null }|{ what?: "exit"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit: hintlab.GuestExit.$Shape; cpuTime?: null; look?: null }|{ what?: "cpuTime"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime: hintlab.CpuTime.$Shape; look?: null }|{ what?: "look"; chain?: null; kick?: null; used?: null; interrupt?: null; hypercall?: null; hypercallReturn?: null; config?: null; offered?: null; accepted?: null; status?: null; configAccess?: null; queueSetup?: null; queueState?: null; vhostUser?: null; memory?: null; register?: null; exit?: null; cpuTime?: null; look: hintlab.HostLook.$Shape })
         * )} hintlab.Event.$Shape
         */

        /**
         * Constructs a new Event.
         * @memberof hintlab
         * @classdesc One thing that was seen. Events are ordered by (time_ns, sequence).
         * @constructor
         * @param {hintlab.Event.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Event = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Nanoseconds since the start of the conversation: virtual time of a model, monotonic clock of a live peer.
         * @member {number} timeNs
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.timeNs = 0;

        /**
         * Position in the conversation, counted from 0. A replay keeps this order where times are equal.
         * @member {number} sequence
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.sequence = 0;

        /**
         * The virtual CPU on which it happened; those of the host count on from the last one.
         * @member {number} cpu
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.cpu = 0;

        /**
         * Event chain.
         * @member {hintlab.DescriptorChain.$Properties|null|undefined} chain
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.chain = null;

        /**
         * Event kick.
         * @member {hintlab.Kick.$Properties|null|undefined} kick
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.kick = null;

        /**
         * Event used.
         * @member {hintlab.UsedElement.$Properties|null|undefined} used
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.used = null;

        /**
         * Event interrupt.
         * @member {hintlab.Interrupt.$Properties|null|undefined} interrupt
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.interrupt = null;

        /**
         * Event hypercall.
         * @member {hintlab.Hypercall.$Properties|null|undefined} hypercall
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.hypercall = null;

        /**
         * Event hypercallReturn.
         * @member {hintlab.HypercallReturn.$Properties|null|undefined} hypercallReturn
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.hypercallReturn = null;

        /**
         * A side wrote the configuration space, which reads so afterwards.
         * @member {hintlab.BalloonConfig.$Properties|null|undefined} config
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.config = null;

        /**
         * Event offered.
         * @member {hintlab.FeaturesOffered.$Properties|null|undefined} offered
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.offered = null;

        /**
         * Event accepted.
         * @member {hintlab.FeaturesAccepted.$Properties|null|undefined} accepted
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.accepted = null;

        /**
         * Event status.
         * @member {hintlab.StatusAccess.$Properties|null|undefined} status
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.status = null;

        /**
         * Event configAccess.
         * @member {hintlab.ConfigAccess.$Properties|null|undefined} configAccess
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.configAccess = null;

        /**
         * Event queueSetup.
         * @member {hintlab.QueueSetup.$Properties|null|undefined} queueSetup
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.queueSetup = null;

        /**
         * Event queueState.
         * @member {hintlab.QueueState.$Properties|null|undefined} queueState
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.queueState = null;

        /**
         * Event vhostUser.
         * @member {hintlab.VhostUserMessage.$Properties|null|undefined} vhostUser
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.vhostUser = null;

        /**
         * Event memory.
         * @member {hintlab.MemoryAccess.$Properties|null|undefined} memory
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.memory = null;

        /**
         * Event register.
         * @member {hintlab.RegisterAccess.$Properties|null|undefined} register
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.register = null;

        /**
         * Event exit.
         * @member {hintlab.GuestExit.$Properties|null|undefined} exit
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.exit = null;

        /**
         * Event cpuTime.
         * @member {hintlab.CpuTime.$Properties|null|undefined} cpuTime
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.cpuTime = null;

        /**
         * Event look.
         * @member {hintlab.HostLook.$Properties|null|undefined} look
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.look = null;

        /**
         * The bytes that went along, joined in chain order: for a chain its device-readable buffers, for a used element what the device wrote.
         * @member {Uint8Array} payload
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.payload = $util.newBuffer([]);

        /**
         * The words of the queue's ring at that moment, for events of a queue. Absent where the observer could not read them.
         * @member {hintlab.RingWords.$Properties|null|undefined} words
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.words = null;

        /**
         * What the queue is for, for events of a queue and for hypercalls. UNSPECIFIED where the features say it.
         * @member {hintlab.QueueRole} role
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.role = 0;

        /**
         * Of a modelled machine: steps that the tasks of the other side had taken. Orders what the two did at the same nanosecond.
         * @member {number} otherSteps
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.otherSteps = 0;

        /**
         * Of a change of the configuration: how much later the other side hears of it, ns.
         * @member {number} delayNs
         * @memberof hintlab.Event
         * @instance
         */
        Event.prototype.delayNs = 0;

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        /**
         * Event what.
         * @member {"chain"|"kick"|"used"|"interrupt"|"hypercall"|"hypercallReturn"|"config"|"offered"|"accepted"|"status"|"configAccess"|"queueSetup"|"queueState"|"vhostUser"|"memory"|"register"|"exit"|"cpuTime"|"look"|undefined} what
         * @memberof hintlab.Event
         * @instance
         */
        $Object.defineProperty(Event.prototype, "what", {
            get: $util.oneOfGetter($oneOfFields = ["chain", "kick", "used", "interrupt", "hypercall", "hypercallReturn", "config", "offered", "accepted", "status", "configAccess", "queueSetup", "queueState", "vhostUser", "memory", "register", "exit", "cpuTime", "look"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(Event.prototype, "_words", {
            get: $util.oneOfGetter($oneOfFields = ["words"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified Event message. Does not implicitly {@link hintlab.Event.verify|verify} messages.
         * @function encode
         * @memberof hintlab.Event
         * @static
         * @param {hintlab.Event.$Properties} message Event message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Event.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.timeNs != null && $Object.hasOwnProperty.call(message, "timeNs") && !$Object.is(message.timeNs, 0))
                writer.uint32(/* id 1, wireType 1 =*/9).double(message.timeNs);
            if (message.sequence != null && $Object.hasOwnProperty.call(message, "sequence") && message.sequence !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.sequence);
            if (message.cpu != null && $Object.hasOwnProperty.call(message, "cpu") && message.cpu !== 0)
                writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.cpu);
            if (message.chain != null && $Object.hasOwnProperty.call(message, "chain"))
                $root.hintlab.DescriptorChain.encode(message.chain, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
            if (message.kick != null && $Object.hasOwnProperty.call(message, "kick"))
                $root.hintlab.Kick.encode(message.kick, writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
            if (message.used != null && $Object.hasOwnProperty.call(message, "used"))
                $root.hintlab.UsedElement.encode(message.used, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
            if (message.interrupt != null && $Object.hasOwnProperty.call(message, "interrupt"))
                $root.hintlab.Interrupt.encode(message.interrupt, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
            if (message.hypercall != null && $Object.hasOwnProperty.call(message, "hypercall"))
                $root.hintlab.Hypercall.encode(message.hypercall, writer.uint32(/* id 8, wireType 2 =*/66).fork(), _depth + 1).ldelim();
            if (message.hypercallReturn != null && $Object.hasOwnProperty.call(message, "hypercallReturn"))
                $root.hintlab.HypercallReturn.encode(message.hypercallReturn, writer.uint32(/* id 9, wireType 2 =*/74).fork(), _depth + 1).ldelim();
            if (message.config != null && $Object.hasOwnProperty.call(message, "config"))
                $root.hintlab.BalloonConfig.encode(message.config, writer.uint32(/* id 10, wireType 2 =*/82).fork(), _depth + 1).ldelim();
            if (message.payload != null && $Object.hasOwnProperty.call(message, "payload") && message.payload.length)
                writer.uint32(/* id 11, wireType 2 =*/90).bytes(message.payload);
            if (message.offered != null && $Object.hasOwnProperty.call(message, "offered"))
                $root.hintlab.FeaturesOffered.encode(message.offered, writer.uint32(/* id 12, wireType 2 =*/98).fork(), _depth + 1).ldelim();
            if (message.accepted != null && $Object.hasOwnProperty.call(message, "accepted"))
                $root.hintlab.FeaturesAccepted.encode(message.accepted, writer.uint32(/* id 13, wireType 2 =*/106).fork(), _depth + 1).ldelim();
            if (message.status != null && $Object.hasOwnProperty.call(message, "status"))
                $root.hintlab.StatusAccess.encode(message.status, writer.uint32(/* id 14, wireType 2 =*/114).fork(), _depth + 1).ldelim();
            if (message.configAccess != null && $Object.hasOwnProperty.call(message, "configAccess"))
                $root.hintlab.ConfigAccess.encode(message.configAccess, writer.uint32(/* id 15, wireType 2 =*/122).fork(), _depth + 1).ldelim();
            if (message.queueSetup != null && $Object.hasOwnProperty.call(message, "queueSetup"))
                $root.hintlab.QueueSetup.encode(message.queueSetup, writer.uint32(/* id 16, wireType 2 =*/130).fork(), _depth + 1).ldelim();
            if (message.queueState != null && $Object.hasOwnProperty.call(message, "queueState"))
                $root.hintlab.QueueState.encode(message.queueState, writer.uint32(/* id 17, wireType 2 =*/138).fork(), _depth + 1).ldelim();
            if (message.vhostUser != null && $Object.hasOwnProperty.call(message, "vhostUser"))
                $root.hintlab.VhostUserMessage.encode(message.vhostUser, writer.uint32(/* id 18, wireType 2 =*/146).fork(), _depth + 1).ldelim();
            if (message.words != null && $Object.hasOwnProperty.call(message, "words"))
                $root.hintlab.RingWords.encode(message.words, writer.uint32(/* id 19, wireType 2 =*/154).fork(), _depth + 1).ldelim();
            if (message.memory != null && $Object.hasOwnProperty.call(message, "memory"))
                $root.hintlab.MemoryAccess.encode(message.memory, writer.uint32(/* id 20, wireType 2 =*/162).fork(), _depth + 1).ldelim();
            if (message.register != null && $Object.hasOwnProperty.call(message, "register"))
                $root.hintlab.RegisterAccess.encode(message.register, writer.uint32(/* id 21, wireType 2 =*/170).fork(), _depth + 1).ldelim();
            if (message.exit != null && $Object.hasOwnProperty.call(message, "exit"))
                $root.hintlab.GuestExit.encode(message.exit, writer.uint32(/* id 22, wireType 2 =*/178).fork(), _depth + 1).ldelim();
            if (message.cpuTime != null && $Object.hasOwnProperty.call(message, "cpuTime"))
                $root.hintlab.CpuTime.encode(message.cpuTime, writer.uint32(/* id 23, wireType 2 =*/186).fork(), _depth + 1).ldelim();
            if (message.look != null && $Object.hasOwnProperty.call(message, "look"))
                $root.hintlab.HostLook.encode(message.look, writer.uint32(/* id 24, wireType 2 =*/194).fork(), _depth + 1).ldelim();
            if (message.role != null && $Object.hasOwnProperty.call(message, "role") && message.role !== 0)
                writer.uint32(/* id 25, wireType 0 =*/200).int32(message.role);
            if (message.otherSteps != null && $Object.hasOwnProperty.call(message, "otherSteps") && !$Object.is(message.otherSteps, 0))
                writer.uint32(/* id 26, wireType 1 =*/209).double(message.otherSteps);
            if (message.delayNs != null && $Object.hasOwnProperty.call(message, "delayNs") && !$Object.is(message.delayNs, 0))
                writer.uint32(/* id 27, wireType 1 =*/217).double(message.delayNs);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes an Event message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.Event
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.Event & hintlab.Event.$Shape} Event
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Event.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.Event();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.timeNs = value;
                        else
                            delete message.timeNs;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.sequence = value;
                        else
                            delete message.sequence;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.cpu = value;
                        else
                            delete message.cpu;
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        message.chain = $root.hintlab.DescriptorChain.decode(reader, reader.size(), $undefined, _depth + 1, message.chain);
                        message.what = "chain";
                        continue;
                    }
                case 5: {
                        if (wireType !== 2)
                            break;
                        message.kick = $root.hintlab.Kick.decode(reader, reader.size(), $undefined, _depth + 1, message.kick);
                        message.what = "kick";
                        continue;
                    }
                case 6: {
                        if (wireType !== 2)
                            break;
                        message.used = $root.hintlab.UsedElement.decode(reader, reader.size(), $undefined, _depth + 1, message.used);
                        message.what = "used";
                        continue;
                    }
                case 7: {
                        if (wireType !== 2)
                            break;
                        message.interrupt = $root.hintlab.Interrupt.decode(reader, reader.size(), $undefined, _depth + 1, message.interrupt);
                        message.what = "interrupt";
                        continue;
                    }
                case 8: {
                        if (wireType !== 2)
                            break;
                        message.hypercall = $root.hintlab.Hypercall.decode(reader, reader.size(), $undefined, _depth + 1, message.hypercall);
                        message.what = "hypercall";
                        continue;
                    }
                case 9: {
                        if (wireType !== 2)
                            break;
                        message.hypercallReturn = $root.hintlab.HypercallReturn.decode(reader, reader.size(), $undefined, _depth + 1, message.hypercallReturn);
                        message.what = "hypercallReturn";
                        continue;
                    }
                case 10: {
                        if (wireType !== 2)
                            break;
                        message.config = $root.hintlab.BalloonConfig.decode(reader, reader.size(), $undefined, _depth + 1, message.config);
                        message.what = "config";
                        continue;
                    }
                case 12: {
                        if (wireType !== 2)
                            break;
                        message.offered = $root.hintlab.FeaturesOffered.decode(reader, reader.size(), $undefined, _depth + 1, message.offered);
                        message.what = "offered";
                        continue;
                    }
                case 13: {
                        if (wireType !== 2)
                            break;
                        message.accepted = $root.hintlab.FeaturesAccepted.decode(reader, reader.size(), $undefined, _depth + 1, message.accepted);
                        message.what = "accepted";
                        continue;
                    }
                case 14: {
                        if (wireType !== 2)
                            break;
                        message.status = $root.hintlab.StatusAccess.decode(reader, reader.size(), $undefined, _depth + 1, message.status);
                        message.what = "status";
                        continue;
                    }
                case 15: {
                        if (wireType !== 2)
                            break;
                        message.configAccess = $root.hintlab.ConfigAccess.decode(reader, reader.size(), $undefined, _depth + 1, message.configAccess);
                        message.what = "configAccess";
                        continue;
                    }
                case 16: {
                        if (wireType !== 2)
                            break;
                        message.queueSetup = $root.hintlab.QueueSetup.decode(reader, reader.size(), $undefined, _depth + 1, message.queueSetup);
                        message.what = "queueSetup";
                        continue;
                    }
                case 17: {
                        if (wireType !== 2)
                            break;
                        message.queueState = $root.hintlab.QueueState.decode(reader, reader.size(), $undefined, _depth + 1, message.queueState);
                        message.what = "queueState";
                        continue;
                    }
                case 18: {
                        if (wireType !== 2)
                            break;
                        message.vhostUser = $root.hintlab.VhostUserMessage.decode(reader, reader.size(), $undefined, _depth + 1, message.vhostUser);
                        message.what = "vhostUser";
                        continue;
                    }
                case 20: {
                        if (wireType !== 2)
                            break;
                        message.memory = $root.hintlab.MemoryAccess.decode(reader, reader.size(), $undefined, _depth + 1, message.memory);
                        message.what = "memory";
                        continue;
                    }
                case 21: {
                        if (wireType !== 2)
                            break;
                        message.register = $root.hintlab.RegisterAccess.decode(reader, reader.size(), $undefined, _depth + 1, message.register);
                        message.what = "register";
                        continue;
                    }
                case 22: {
                        if (wireType !== 2)
                            break;
                        message.exit = $root.hintlab.GuestExit.decode(reader, reader.size(), $undefined, _depth + 1, message.exit);
                        message.what = "exit";
                        continue;
                    }
                case 23: {
                        if (wireType !== 2)
                            break;
                        message.cpuTime = $root.hintlab.CpuTime.decode(reader, reader.size(), $undefined, _depth + 1, message.cpuTime);
                        message.what = "cpuTime";
                        continue;
                    }
                case 24: {
                        if (wireType !== 2)
                            break;
                        message.look = $root.hintlab.HostLook.decode(reader, reader.size(), $undefined, _depth + 1, message.look);
                        message.what = "look";
                        continue;
                    }
                case 11: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.payload = value;
                        else
                            delete message.payload;
                        continue;
                    }
                case 19: {
                        if (wireType !== 2)
                            break;
                        message.words = $root.hintlab.RingWords.decode(reader, reader.size(), $undefined, _depth + 1, message.words);
                        message._words = "words";
                        continue;
                    }
                case 25: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.int32())
                            message.role = value;
                        else
                            delete message.role;
                        continue;
                    }
                case 26: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.otherSteps = value;
                        else
                            delete message.otherSteps;
                        continue;
                    }
                case 27: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.delayNs = value;
                        else
                            delete message.delayNs;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Event;
    })();

    hintlab.Conversation = (function() {

        /**
         * Properties of a Conversation.
         * @typedef {Object} hintlab.Conversation.$Properties
         * @property {number|null} [version] Version of this format. Present: 1.
         * @property {number|null} [seed] Seed of the run, 0 for a live peer.
         * @property {string|null} [scenarioHash] Hash of the scenario, as the reports print it.
         * @property {hintlab.FeatureBits.$Properties|null} [features] The negotiated features.
         * @property {Array.<hintlab.MemoryRegion.$Properties>|null} [regions] The memory table. An address outside every region is a finding, not a fault of the recording.
         * @property {Array.<hintlab.Event.$Properties>|null} [events] Conversation events
         * @property {string|null} [numbering] How the device numbers its queues: fixed, dense-offered or dense-negotiated. Empty where that is not known.
         * @property {string|null} [driver] Who the two sides are, as far as the recorder knows: linux, qemu, firecracker, cloud-hypervisor, hintlab.
         * @property {string|null} [device] Conversation device
         * @property {string|null} [scenario] What was run, as JSON: options, interface and load, enough to build either side again. Empty for a live peer.
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Conversation.
         * @memberof hintlab
         * @interface IConversation
         * @augments hintlab.Conversation.$Properties
         * @deprecated Use hintlab.Conversation.$Properties instead.
         */

        /**
         * Shape of a Conversation.
         * @typedef {{
         *   version?: number|null;
         *   seed?: number|null;
         *   scenarioHash?: string|null;
         *   features?: hintlab.FeatureBits.$Shape|null;
         *   regions?: Array.<hintlab.MemoryRegion.$Shape>|null;
         *   events?: Array.<hintlab.Event.$Shape>|null;
         *   numbering?: string|null;
         *   driver?: string|null;
         *   device?: string|null;
         *   scenario?: string|null;
         *   $unknowns?: Array.<Uint8Array>;
         * }} hintlab.Conversation.$Shape
         */

        /**
         * Constructs a new Conversation.
         * @memberof hintlab
         * @classdesc The header and the events. Encoded Conversations may be joined end to end: the result decodes as one, with the events in order. So a
         * recorder writes the header once and appends pieces that hold events only.
         * @constructor
         * @param {hintlab.Conversation.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Conversation = function (properties) {
            this.regions = [];
            this.events = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Version of this format. Present: 1.
         * @member {number} version
         * @memberof hintlab.Conversation
         * @instance
         */
        Conversation.prototype.version = 0;

        /**
         * Seed of the run, 0 for a live peer.
         * @member {number} seed
         * @memberof hintlab.Conversation
         * @instance
         */
        Conversation.prototype.seed = 0;

        /**
         * Hash of the scenario, as the reports print it.
         * @member {string} scenarioHash
         * @memberof hintlab.Conversation
         * @instance
         */
        Conversation.prototype.scenarioHash = "";

        /**
         * The negotiated features.
         * @member {hintlab.FeatureBits.$Properties|null|undefined} features
         * @memberof hintlab.Conversation
         * @instance
         */
        Conversation.prototype.features = null;

        /**
         * The memory table. An address outside every region is a finding, not a fault of the recording.
         * @member {Array.<hintlab.MemoryRegion.$Properties>} regions
         * @memberof hintlab.Conversation
         * @instance
         */
        Conversation.prototype.regions = $util.emptyArray;

        /**
         * Conversation events.
         * @member {Array.<hintlab.Event.$Properties>} events
         * @memberof hintlab.Conversation
         * @instance
         */
        Conversation.prototype.events = $util.emptyArray;

        /**
         * How the device numbers its queues: fixed, dense-offered or dense-negotiated. Empty where that is not known.
         * @member {string} numbering
         * @memberof hintlab.Conversation
         * @instance
         */
        Conversation.prototype.numbering = "";

        /**
         * Who the two sides are, as far as the recorder knows: linux, qemu, firecracker, cloud-hypervisor, hintlab.
         * @member {string} driver
         * @memberof hintlab.Conversation
         * @instance
         */
        Conversation.prototype.driver = "";

        /**
         * Conversation device.
         * @member {string} device
         * @memberof hintlab.Conversation
         * @instance
         */
        Conversation.prototype.device = "";

        /**
         * What was run, as JSON: options, interface and load, enough to build either side again. Empty for a live peer.
         * @member {string} scenario
         * @memberof hintlab.Conversation
         * @instance
         */
        Conversation.prototype.scenario = "";

        /**
         * Encodes the specified Conversation message. Does not implicitly {@link hintlab.Conversation.verify|verify} messages.
         * @function encode
         * @memberof hintlab.Conversation
         * @static
         * @param {hintlab.Conversation.$Properties} message Conversation message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Conversation.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.version != null && $Object.hasOwnProperty.call(message, "version") && message.version !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.version);
            if (message.seed != null && $Object.hasOwnProperty.call(message, "seed") && message.seed !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.seed);
            if (message.scenarioHash != null && $Object.hasOwnProperty.call(message, "scenarioHash") && message.scenarioHash !== "")
                writer.uint32(/* id 3, wireType 2 =*/26).string(message.scenarioHash);
            if (message.features != null && $Object.hasOwnProperty.call(message, "features"))
                $root.hintlab.FeatureBits.encode(message.features, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
            if (message.regions != null && message.regions.length)
                for (let i = 0; i < message.regions.length; ++i)
                    $root.hintlab.MemoryRegion.encode(message.regions[i], writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
            if (message.events != null && message.events.length)
                for (let i = 0; i < message.events.length; ++i)
                    $root.hintlab.Event.encode(message.events[i], writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
            if (message.numbering != null && $Object.hasOwnProperty.call(message, "numbering") && message.numbering !== "")
                writer.uint32(/* id 7, wireType 2 =*/58).string(message.numbering);
            if (message.driver != null && $Object.hasOwnProperty.call(message, "driver") && message.driver !== "")
                writer.uint32(/* id 8, wireType 2 =*/66).string(message.driver);
            if (message.device != null && $Object.hasOwnProperty.call(message, "device") && message.device !== "")
                writer.uint32(/* id 9, wireType 2 =*/74).string(message.device);
            if (message.scenario != null && $Object.hasOwnProperty.call(message, "scenario") && message.scenario !== "")
                writer.uint32(/* id 10, wireType 2 =*/82).string(message.scenario);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Conversation message from the specified reader or buffer.
         * @function decode
         * @memberof hintlab.Conversation
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {hintlab.Conversation & hintlab.Conversation.$Shape} Conversation
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Conversation.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.hintlab.Conversation();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.version = value;
                        else
                            delete message.version;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.seed = value;
                        else
                            delete message.seed;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.scenarioHash = value;
                        else
                            delete message.scenarioHash;
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        message.features = $root.hintlab.FeatureBits.decode(reader, reader.size(), $undefined, _depth + 1, message.features);
                        continue;
                    }
                case 5: {
                        if (wireType !== 2)
                            break;
                        if (!(message.regions && message.regions.length))
                            message.regions = [];
                        message.regions.push($root.hintlab.MemoryRegion.decode(reader, reader.size(), $undefined, _depth + 1));
                        continue;
                    }
                case 6: {
                        if (wireType !== 2)
                            break;
                        if (!(message.events && message.events.length))
                            message.events = [];
                        message.events.push($root.hintlab.Event.decode(reader, reader.size(), $undefined, _depth + 1));
                        continue;
                    }
                case 7: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.numbering = value;
                        else
                            delete message.numbering;
                        continue;
                    }
                case 8: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.driver = value;
                        else
                            delete message.driver;
                        continue;
                    }
                case 9: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.device = value;
                        else
                            delete message.device;
                        continue;
                    }
                case 10: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.scenario = value;
                        else
                            delete message.scenario;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Conversation;
    })();

    return hintlab;
})();

export {
  $root as default
};
