package io.culvert.operator.calico;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.FelixConfiguration;
import io.culvert.reconciler.resource.FelixConfiguration.NatOutgoingExclusions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Reads the FelixConfiguration settings that concern Culvert ({@code api/pkg/apis/projectcalico/v3/felixconfig.go}). All others
 * are ignored, valid or not.
 */
public final class FelixConfigurationCodec {

    static final String KIND = "FelixConfiguration";

    private static final int MIN_MTU_BYTES = 68;
    private static final int MAX_MTU_BYTES = 65_535;
    private static final int MAX_PROTOCOL = 255;
    private static final int ABSENT = 0;
    private static final Map<String, NatOutgoingExclusions> EXCLUSIONS = Map.of(
            "IPPoolsOnly", NatOutgoingExclusions.IP_POOLS_ONLY,
            "IPPoolsAndHostIPs", NatOutgoingExclusions.IP_POOLS_AND_HOST_IPS);

    private FelixConfigurationCodec() {}

    /** Reads a stored value. */
    public static Decoded<FelixConfiguration> decode(byte[] json) {
        return JsonDocument.read(json, FelixConfigurationCodec::decode);
    }

    /** Reads a document; never {@link Decoded.Unsupported}. */
    private static Decoded<FelixConfiguration> decode(JsonNode document) {
        Fields root = Fields.of(document);
        ResourceHeader.read(root, KIND);
        Fields spec = root.object("spec");
        FelixConfiguration felix = new FelixConfiguration(
                spec.has("ipipEnabled") ? Optional.of(spec.flag("ipipEnabled")) : Optional.empty(),
                number(spec, "ipipMTU", MIN_MTU_BYTES, MAX_MTU_BYTES),
                externalNodes(spec),
                number(spec, "deviceRouteProtocol", ABSENT, MAX_PROTOCOL),
                spec.has("natOutgoingExclusions")
                        ? spec.choice("natOutgoingExclusions", EXCLUSIONS, NatOutgoingExclusions.IP_POOLS_ONLY)
                        : Optional.empty(),
                spec.parsed("routeRefreshInterval", GoDuration::parse).stream()
                        .mapToLong(Duration::toMillis)
                        .findFirst());
        return root.faults().isEmpty() ? new Decoded.Valid<>(felix) : new Decoded.Invalid<>(root.faults());
    }

    private static OptionalInt number(Fields spec, String name, int least, int greatest) {
        int number = spec.number(name, least, greatest, ABSENT).orElse(ABSENT);
        return number == ABSENT ? OptionalInt.empty() : OptionalInt.of(number);
    }

    /** As Calico, takes a bare address for a /32 and cuts off host bits. IPv6 in the list never sends IP-in-IP. */
    private static Set<Prefix> externalNodes(Fields spec) {
        return Set.copyOf(spec.parsedList(
                "externalNodesList",
                text -> text.indexOf(':') < 0,
                text -> InterfaceAddress.parse(text).prefix()));
    }
}
