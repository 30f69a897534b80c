package io.culvert.reconciler.model;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Random events of a node, from a seed: mostly one small thing at a time, sometimes many at once. */
public final class Story {

    private static final List<String> ERRORS = List.of("16", "12", "105", "11", "5", "16", "12", "100", "101");
    private static final List<String> FELIX = List.of(
            "ipipEnabled=false",
            "ipipEnabled=true",
            "ipipMTU=1400",
            "externalNodesList=10.9.0.0/24,10.0.1.11/32",
            "deviceRouteProtocol=80",
            "deviceRouteProtocol=201",
            "deviceRouteProtocol=3",
            "natOutgoingExclusions=IPPoolsAndHostIPs");

    /** The metric of our blackholes. */
    private static final String LAST = "4294967295";

    private final SplittableRandom random;
    private final List<String> modes;
    private boolean away;
    private String lastCidr = "192.168.0.0/26";

    /** @param modes of the pools, as spelled in resources */
    public Story(long seed, List<String> modes) {
        this.random = new SplittableRandom(seed);
        this.modes = modes;
    }

    /** A story of that many steps, each of which is some lines. */
    public List<List<String>> steps(int steps) {
        List<List<String>> story = new ArrayList<>();
        story.add(beginning());
        while (story.size() < steps - 1) {
            story.add(step());
        }
        story.add(List.of("etcd back", "heal", "settle"));
        return story;
    }

    private List<String> beginning() {
        List<String> lines = new ArrayList<>();
        lines.add("node n1 10.0.1.11/24" + (random.nextBoolean() ? " tunnel 192.168.0.0" : ""));
        for (int node = 2; node < 7; node++) {
            lines.add(node(node));
        }
        lines.add(pool(0));
        lines.add(pool(random.nextInt(1, 4)));
        for (int block = random.nextInt(6); block >= 0; block--) {
            lines.add(block());
        }
        return lines;
    }

    private List<String> step() {
        int kind = random.nextInt(100);
        if (kind < 3) {
            return manyBlocks();
        } else if (kind < 12) {
            List<String> lines = new ArrayList<>();
            for (int count = random.nextInt(2, 5); count > 0; count--) {
                lines.add(line());
            }
            return lines;
        }
        return List.of(line());
    }

    private List<String> manyBlocks() {
        List<String> lines = new ArrayList<>();
        if (random.nextInt(3) == 0) {
            lines.add(pool(2));
        }
        int first = random.nextInt(64);
        boolean gone = random.nextInt(3) == 0;
        for (int number = first; number < first + random.nextInt(8, 48); number++) {
            String cidr = "172.20." + number / 4 + "." + 64 * (number % 4) + "/26";
            lines.add(gone ? "no block " + cidr : "block " + cidr + " n" + random.nextInt(1, 8));
        }
        return lines;
    }

    private String line() {
        int kind = random.nextInt(-250, 1000);
        if (kind < 0) {
            return "wait " + pick("1", "100", "1000", "2000", "3000", "5000", "20000");
        } else if (kind < 590) {
            return etcd();
        } else if (kind < 850) {
            return meddling();
        } else if (kind < 880) {
            return "resync";
        } else if (kind < 900) {
            return "settle";
        } else if (kind < 920) {
            return "race " + random.nextInt(4) + " " + harmless();
        } else if (kind < 965) {
            return random.nextInt(3) == 0 ? "heal" : fault();
        } else if (kind < 985) {
            return "restart";
        } else if (kind < 988) {
            return "cleanup";
        }
        away = !away;
        return away ? "etcd away" : "etcd back";
    }

    private String etcd() {
        return switch (random.nextInt(20)) {
            case 0, 1 -> pool(random.nextInt(4));
            case 2 -> "no pool p" + random.nextInt(4);
            case 3, 4, 5 -> node(random.nextInt(2, 8));
            case 6 -> "no node n" + random.nextInt(2, 8);
            case 7 ->
                random.nextInt(4) == 0 ? "no node n1" : "node n1 10.0.1.11/24" + pick("", " tunnel " + ownAddress());
            case 8 -> "assign " + pick("-", ownAddress(), ownAddress());
            case 9 -> "felix " + pick("default", "node.n1") + " " + FELIX.get(random.nextInt(FELIX.size()));
            case 10 -> "no felix " + pick("default", "node.n1");
            case 11, 12 -> "no block " + cidr();
            case 13, 14 -> "borrow " + address() + " n" + random.nextInt(1, 8);
            case 15 -> random.nextInt(4) == 0 ? "claim " + cidr() + " n" + random.nextInt(1, 8) : block();
            default -> block();
        };
    }

    private String pool(int number) {
        String cidr = switch (number) {
            case 0 -> "192.168.0.0/24";
            case 1 -> pick("192.168.1.0/24", "192.168.1.0/25");
            case 2 -> "172.20.0.0/16";
            // Holds the addresses of nodes.
            default -> "10.0.2.0/24";
        };
        String mode = modes.get(random.nextInt(modes.size()));
        String flags = (random.nextInt(3) == 0 ? " nat" : "")
                + (random.nextInt(8) == 0 ? " disabled" : "")
                + (random.nextInt(12) == 0 ? " vxlan" : "");
        return "pool p" + number + " " + cidr + " " + mode + flags;
    }

    private String node(int number) {
        String address = pick("10.0.1.", "10.0.1.", "10.0.2.") + (20 + number) + pick("/24", "/24", "/16");
        if (random.nextInt(12) == 0) {
            address = "-";
        } else if (random.nextInt(20) == 0) {
            address = "10.0.1.22/24";
        }
        return "node n" + number + " " + address + pick("", " tunnel 192.168.0." + number);
    }

    private String block() {
        String owner = random.nextInt(15) == 0 ? "-" : "n" + random.nextInt(1, 8);
        String state = random.nextInt(8) == 0 ? pick(" pending", " pending_deletion") : "";
        return "block " + cidr() + " " + owner + state;
    }

    /** Often the one used before, so that several things happen to it. */
    private String cidr() {
        if (random.nextInt(3) > 0) {
            lastCidr = anyCidr();
        }
        return lastCidr;
    }

    private String anyCidr() {
        return switch (random.nextInt(12)) {
            case 0 -> "192.168.0." + 16 * random.nextInt(16) + "/28";
            case 1 -> address() + "/32";
            case 2 -> "10.0.2." + 64 * random.nextInt(2) + "/26";
            case 3, 4 -> "172.20." + random.nextInt(16) + "." + 64 * random.nextInt(4) + "/26";
            default -> "192.168." + random.nextInt(2) + "." + 64 * random.nextInt(4) + "/26";
        };
    }

    private String address() {
        return "192.168." + random.nextInt(2) + "." + (64 * random.nextInt(4) + random.nextInt(3));
    }

    private String ownAddress() {
        return "192.168.0." + random.nextInt(3);
    }

    private String meddling() {
        String lost = random.nextInt(6) == 0 ? " unannounced" : "";
        String line = switch (random.nextInt(24)) {
            case 0, 1, 2, 3 -> "kernel del-route " + cidr();
            case 4, 5 -> "kernel foreign-route " + cidr();
            case 6, 7 -> "kernel no-foreign " + cidr();
            case 8 -> "kernel borrow-nexthop " + cidr() + " " + random.nextInt(5);
            case 9 -> "kernel foreign-metric " + cidr() + " " + pick("7", LAST);
            case 10 -> "kernel stale-route " + cidr() + " " + pick("0", "7", LAST);
            case 11 -> "kernel gateway " + pick("10.0.1.1", "192.168.0.70", "192.168.1.1", "-");
            case 12, 13 -> "kernel del-nexthop " + random.nextInt(8);
            case 14 -> "kernel take-nexthop " + random.nextInt(8);
            case 15 -> "kernel foreign-nexthop " + (90_000_000 + random.nextInt(6));
            case 16 -> "kernel stale-nexthop " + (90_000_000 + random.nextInt(6)) + " 10.0.1.2" + random.nextInt(9);
            case 17 -> "kernel no-nexthop " + (90_000_000 + random.nextInt(6));
            case 18 -> "kernel sysctl net/ipv4/ip_forward 0";
            case 19 -> "kernel " + pick("flush-table", "edit-table");
            case 20, 21 -> tunnelMeddling();
            default -> underlayMeddling();
        };
        // Until the agent learns that a route of ours is foreign now, it may replace it. No flag of netlink prevents
        // that.
        boolean inOurPlace = line.startsWith("kernel foreign-route") || line.startsWith("kernel borrow-nexthop");
        return inOurPlace ? line : line + lost;
    }

    private String tunnelMeddling() {
        return "kernel "
                + switch (random.nextInt(10)) {
                    case 0, 1 -> "down culvert0";
                    case 2 -> "mtu culvert0 " + pick("1300", "1480");
                    case 3 -> "addresses culvert0";
                    case 4 -> "addresses culvert0 192.168.0.1/32 10.9.9.9/24";
                    case 5 -> "del-link culvert0";
                    case 6 -> "rename culvert0 other0";
                    case 7 -> pick("rename other0 culvert0", "del-link other0");
                    case 8 -> "add-link culvert0 " + pick("dummy", "dummy", "ipip 10.7.7.7");
                    default -> "add-link other0 ipip 10.0.1.11";
                };
    }

    private String underlayMeddling() {
        return "kernel "
                + switch (random.nextInt(10)) {
                    case 0, 1 -> "down eth0";
                    case 2, 3, 4 -> "up eth0";
                    case 5 -> "mtu eth0 " + pick("1500", "9000", "1400");
                    case 6 -> pick("rename eth0 lan0", "rename lan0 eth0", "rename lan0 eth0");
                    case 7 -> pick("addresses eth0", "addresses eth0 10.0.1.11/24", "addresses eth0 10.0.1.11/24");
                    case 8 -> pick("move-address eth0 eth1", "move-address eth1 eth0", "move-address eth1 eth0");
                    default -> "addresses eth0 10.0.1.11/24";
                };
    }

    /**
     * What may happen between an observation and a change. Not included: a route of ours that others replace at that moment, which
     * the agent may replace in turn. No flag of netlink prevents that.
     */
    private String harmless() {
        String line = switch (random.nextInt(6)) {
            case 0 -> "kernel del-route " + cidr();
            case 1 -> "kernel del-nexthop " + random.nextInt(5);
            case 2 -> "kernel down " + pick("eth0", "culvert0");
            case 3 -> "kernel foreign-nexthop " + (90_000_000 + random.nextInt(6));
            case 4 -> "kernel add-route " + cidr();
            default -> "kernel foreign-metric " + cidr() + " 7";
        };
        return line + (random.nextInt(4) == 0 ? " unannounced" : "");
    }

    private String fault() {
        String errno = ERRORS.get(random.nextInt(ERRORS.size()));
        return switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> "fail " + errno + " " + random.nextInt(4) + " " + random.nextInt(1, 12);
            case 4, 5, 6 -> "stuck " + errno + " " + subject();
            case 7, 8 -> "heal";
            case 9 -> "observe-fails " + random.nextInt(1, 4);
            case 10 -> "apply-breaks " + random.nextInt(6);
            default -> random.nextInt(4) == 0 ? "fail 1 2 1" : "heal";
        };
    }

    private String subject() {
        return pick(
                "route " + cidr(),
                "nexthop via 10.0.1.2" + random.nextInt(2, 8),
                "nexthop id",
                "table ip culvert",
                "sysctl net/ipv4/ip_forward",
                "link culvert0",
                "address");
    }

    private String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
