package io.culvert.operator.status;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * One run of an agent. Its text form is in the status that it writes.
 *
 * @param place the network namespace that it serves, of one boot of one machine
 * @param id differs from every other run
 */
public record Instance(String place, String id) {

    private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");
    private static final Path NAMESPACE = Path.of("/proc/self/ns/net");

    /**
     * This process.
     *
     * @throws IllegalStateException without {@code /proc}
     */
    public static Instance ofThisProcess() {
        try {
            String place = Files.readString(BOOT).strip() + " " + Files.readSymbolicLink(NAMESPACE);
            return new Instance(place, UUID.randomUUID().toString());
        } catch (IOException unreadable) {
            throw new IllegalStateException("/proc is needed", unreadable);
        }
    }

    /**
     * Whether the writer of a status is another agent that this one must not replace.
     *
     * <p>One that has held the name gives way to whoever took it. One that starts gives way to all but its predecessor, which
     * may have crashed a moment ago: that served the same network namespace, or had the same address before a reboot.
     *
     * @param held whether this run has held the name
     */
    public boolean yieldsTo(NodeStatus other, String ownAddress, boolean held) {
        if (other.instance().endsWith(" " + id)) {
            return false;
        }
        boolean sameAddress = other.address().equals(ownAddress);
        if (other.instance().isEmpty()) {
            return !sameAddress;
        }
        return held || !sameAddress && !other.instance().startsWith(place + " ");
    }

    @Override
    public String toString() {
        return place + " " + id;
    }
}
