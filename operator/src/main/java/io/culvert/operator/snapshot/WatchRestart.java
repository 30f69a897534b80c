package io.culvert.operator.snapshot;

/** Why a watch was opened again. */
public enum WatchRestart {
    /** The stream ended or failed; the new watch continues where it stopped. */
    BROKEN,
    /** etcd did not confirm the watch in time; the new watch continues where it stopped. */
    SILENT,
    /** The revision to continue from is compacted; everything is read again. */
    COMPACTED,
    /** What happened meanwhile does not fit into one message; everything is read again, in pages. */
    TOO_LARGE,
    /** etcd does not know what it reported before: its data was lost or replaced; everything is read again. */
    REPLACED
}
