package io.culvert.netlink;

import io.culvert.reconciler.kernel.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What Java and C must agree on, by name: offsets and sizes of record fields, and constants. Java's side is in the
 * flyweights, C's in the library, as its compiler saw {@code culvert_netlink.h}.
 */
final class Layout {

    private static final int ABI_VERSION = 6;

    private Layout() {}

    /** A field of a record, in bytes. */
    record Field(String name, int offset, int size) {}

    /** Java's side. */
    static Map<String, Integer> ofJava() {
        Map<String, Integer> layout = new TreeMap<>();
        layout.put("ABI_VERSION", ABI_VERSION);
        put(layout, "link", LinkRecord.SIZE, LinkRecord.FIELDS);
        put(layout, "address", AddressRecord.SIZE, AddressRecord.FIELDS);
        put(layout, "nexthop", NextHopRecord.SIZE, NextHopRecord.FIELDS);
        put(layout, "route", RouteRecord.SIZE, RouteRecord.FIELDS);
        put(layout, "path", PathRecord.SIZE, PathRecord.FIELDS);
        put(layout, "range", RangeRecord.SIZE, RangeRecord.FIELDS);
        put(layout, "op", OperationRecord.SIZE, OperationRecord.FIELDS);
        put(layout, "result", ResultRecord.SIZE, ResultRecord.FIELDS);
        layout.putAll(OperationRecord.CONSTANTS);
        layout.putAll(NetlinkSocket.CONSTANTS);
        layout.putAll(KernelMonitor.CONSTANTS);
        layout.putAll(ERRNOS);
        return layout;
    }

    /** The loaded library's side. */
    static Map<String, Integer> ofLibrary() {
        Map<String, Integer> layout = new TreeMap<>();
        int i = 0;
        for (String name = NativeNetlink.layoutName(i); name != null; name = NativeNetlink.layoutName(i)) {
            layout.put(name, NativeNetlink.layoutValue(i++));
        }
        return layout;
    }

    /** @throws NativeLibraryException naming every difference between the library and Java */
    static void check(Map<String, Integer> library) {
        Map<String, Integer> java = ofJava();
        TreeSet<String> names = new TreeSet<>(java.keySet());
        names.addAll(library.keySet());
        List<String> differences = new ArrayList<>();
        for (String name : names) {
            Integer expected = java.get(name);
            Integer actual = library.get(name);
            if (expected == null || !expected.equals(actual)) {
                differences.add(name + " is " + text(actual) + " in C and " + text(expected) + " in Java");
            }
        }
        if (!differences.isEmpty()) {
            throw new NativeLibraryException(
                    "the native library is of another build; use the one that came with this build: "
                            + String.join(", ", differences),
                    null);
        }
    }

    private static String text(@Nullable Integer value) {
        return value == null ? "missing" : value.toString();
    }

    private static void put(Map<String, Integer> layout, String record, int size, List<Field> fields) {
        layout.put("sizeof." + record, size);
        for (Field field : fields) {
            layout.put(record + "." + field.name(), field.offset());
            layout.put(record + "." + field.name() + ":size", field.size());
        }
    }

    private static final Map<String, Integer> ERRNOS = Map.ofEntries(
            errno(Errno.EPERM),
            errno(Errno.ENOENT),
            errno(Errno.ESRCH),
            errno(Errno.EINTR),
            errno(Errno.EIO),
            errno(Errno.EAGAIN),
            errno(Errno.ENOMEM),
            errno(Errno.EACCES),
            errno(Errno.EBUSY),
            errno(Errno.EEXIST),
            errno(Errno.ENODEV),
            errno(Errno.EINVAL),
            errno(Errno.EOPNOTSUPP),
            errno(Errno.EADDRNOTAVAIL),
            errno(Errno.ENETDOWN),
            errno(Errno.ENETUNREACH),
            errno(Errno.ENOBUFS),
            errno(Errno.EHOSTUNREACH));

    private static Map.Entry<String, Integer> errno(int errno) {
        return Map.entry("errno." + Errno.name(errno), errno);
    }
}
