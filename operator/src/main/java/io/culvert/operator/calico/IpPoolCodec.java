package io.culvert.operator.calico;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.operator.calico.selector.SelectorParser;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.EncapsulationMode;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.IpPool.AllowedUse;
import io.culvert.reconciler.resource.NodeSelector;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads IPPool documents. Ignores unknown fields, applies Calico's defaults, and checks every rule of Calico's that concerns
 * one pool alone ({@code libcalico-go/lib/clientv3/ippool.go}).
 *
 * <p>One default differs: without {@code ipipMode} a pool has mode Always, unless it asks for VXLAN or is for load
 * balancers, which exclude IP-in-IP.
 */
public final class IpPoolCodec {

    public static final String KIND = "IPPool";
    public static final int DEFAULT_BLOCK_SIZE = 26;

    private static final Prefix LINK_LOCAL = Prefix.parse("169.254.0.0/16");
    private static final Map<String, EncapsulationMode> MODES = modes();
    private static final Map<String, AllowedUse> USES = uses();
    private static final Map<String, Boolean> ASSIGNMENT_IS_AUTOMATIC = assignmentModes();

    private IpPoolCodec() {}

    /** Reads a stored value. */
    public static Decoded<IpPool> decode(byte[] json) {
        return JsonDocument.read(json, IpPoolCodec::decode);
    }

    /** Reads a document; an IPv6 pool is {@link Decoded.Unsupported}. */
    static Decoded<IpPool> decode(JsonNode document) {
        Fields root = Fields.of(document);
        Optional<String> name = ResourceHeader.read(root, KIND);
        Fields spec = root.object("spec");
        Optional<String> cidr = spec.required("cidr", "192.168.0.0/16");
        if (name.isPresent() && cidr.isPresent() && cidr.get().indexOf(':') >= 0) {
            return new Decoded.Unsupported<>(name.get(), "is an IPv6 pool; IP-in-IP carries IPv4 only");
        }
        IpPool pool = read(name.orElse(""), spec);
        return root.faults().isEmpty() ? new Decoded.Valid<>(pool) : new Decoded.Invalid<>(root.faults());
    }

    private static IpPool read(String name, Fields spec) {
        Optional<Prefix> cidr = cidr(spec);
        Optional<Integer> blockSize = spec.number("blockSize", 20, 32, DEFAULT_BLOCK_SIZE);
        Optional<EncapsulationMode> vxlanMode = spec.choice("vxlanMode", MODES, EncapsulationMode.NEVER);
        Set<AllowedUse> uses = allowedUses(spec);
        Optional<EncapsulationMode> ipipMode = spec.choice("ipipMode", MODES, defaultIpipMode(vxlanMode, uses));
        boolean disabled = spec.flag("disabled");
        IpPool pool = new IpPool(
                name,
                // A stand-in for a faulty one, so that the other rules are checked too; such a pool is never returned.
                cidr.orElse(LINK_LOCAL),
                ipipMode.orElse(EncapsulationMode.NEVER),
                vxlanMode.orElse(EncapsulationMode.NEVER),
                spec.flag("natOutgoing"),
                disabled,
                blockSize.orElse(DEFAULT_BLOCK_SIZE),
                spec.parsed("nodeSelector", SelectorParser::parse).orElse(NodeSelector.ALL),
                uses,
                spec.choice("assignmentMode", ASSIGNMENT_IS_AUTOMATIC, true).orElse(true));
        if (cidr.isPresent() && blockSize.isPresent()) {
            checkSize(spec, pool);
        }
        checkEncapsulation(spec, pool);
        checkUses(spec, pool);
        return pool;
    }

    private static Optional<Prefix> cidr(Fields spec) {
        Optional<Prefix> cidr = spec.text("cidr").flatMap(text -> masked(spec, text));
        if (cidr.isPresent() && cidr.get().overlaps(LINK_LOCAL)) {
            spec.fault("cidr", "must not overlap the link-local range " + LINK_LOCAL);
        }
        return cidr;
    }

    private static Optional<Prefix> masked(Fields spec, String text) {
        try {
            Prefix network = networkOf(text);
            if (!text.equals(network.toString())) {
                spec.fault("cidr", "must be strictly masked, without host bits", network.toString());
                return Optional.empty();
            }
            return Optional.of(network);
        } catch (IllegalArgumentException broken) {
            spec.fault("cidr", "must be an IPv4 prefix such as 192.168.0.0/16");
            return Optional.empty();
        }
    }

    private static Prefix networkOf(String cidr) {
        if (cidr.indexOf('/') < 0) {
            throw new IllegalArgumentException("no prefix length");
        }
        return InterfaceAddress.parse(cidr).prefix();
    }

    private static Set<AllowedUse> allowedUses(Fields spec) {
        List<AllowedUse> named = spec.choices("allowedUses", USES);
        return named.isEmpty() ? EnumSet.of(AllowedUse.WORKLOAD, AllowedUse.TUNNEL) : EnumSet.copyOf(named);
    }

    private static EncapsulationMode defaultIpipMode(Optional<EncapsulationMode> vxlanMode, Set<AllowedUse> uses) {
        boolean excluded = vxlanMode.isPresent() && vxlanMode.get() != EncapsulationMode.NEVER
                || uses.contains(AllowedUse.LOAD_BALANCER);
        return excluded ? EncapsulationMode.NEVER : EncapsulationMode.ALWAYS;
    }

    private static void checkSize(Fields spec, IpPool pool) {
        if (pool.cidr().length() > pool.blockSize() && !pool.disabled()) {
            spec.fault(
                    "cidr",
                    "must hold at least one block of /" + pool.blockSize()
                            + " (spec.blockSize); use a shorter prefix or a larger blockSize");
        }
    }

    private static void checkEncapsulation(Fields spec, IpPool pool) {
        if (pool.ipipMode() != EncapsulationMode.NEVER && pool.vxlanMode() != EncapsulationMode.NEVER) {
            spec.fault("vxlanMode", "must be Never while spec.ipipMode is " + pool.ipipMode());
        }
    }

    private static void checkUses(Fields spec, IpPool pool) {
        if (spec.has("namespaceSelector")) {
            spec.parsed("namespaceSelector", SelectorParser::parse);
            if (pool.allowedUses().contains(AllowedUse.TUNNEL)) {
                spec.fault("namespaceSelector", "must be absent while spec.allowedUses contains Tunnel");
            }
        }
        boolean exportDisabled = spec.flag("disableBGPExport");
        if (!pool.allowedUses().contains(AllowedUse.LOAD_BALANCER)) {
            return;
        }
        if (pool.allowedUses().size() > 1) {
            spec.fault("allowedUses", "LoadBalancer cannot be combined with other uses");
        }
        if (pool.ipipMode() != EncapsulationMode.NEVER) {
            spec.fault("ipipMode", "must be Never in a pool for LoadBalancer");
        }
        if (pool.vxlanMode() != EncapsulationMode.NEVER) {
            spec.fault("vxlanMode", "must be Never in a pool for LoadBalancer");
        }
        if (exportDisabled) {
            spec.fault("disableBGPExport", "must be false in a pool for LoadBalancer");
        }
        if (pool.nodeSelector() != NodeSelector.ALL) {
            spec.fault("nodeSelector", "must be all() in a pool for LoadBalancer");
        }
    }

    private static Map<String, EncapsulationMode> modes() {
        Map<String, EncapsulationMode> modes = new LinkedHashMap<>();
        Arrays.stream(EncapsulationMode.values()).forEach(mode -> modes.put(mode.toString(), mode));
        return modes;
    }

    private static Map<String, AllowedUse> uses() {
        Map<String, AllowedUse> uses = new LinkedHashMap<>();
        uses.put("Workload", AllowedUse.WORKLOAD);
        uses.put("Tunnel", AllowedUse.TUNNEL);
        uses.put("LoadBalancer", AllowedUse.LOAD_BALANCER);
        return uses;
    }

    private static Map<String, Boolean> assignmentModes() {
        Map<String, Boolean> modes = new LinkedHashMap<>();
        modes.put("Automatic", true);
        modes.put("Manual", false);
        return modes;
    }
}
