package io.culvert.operator.calico;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.resource.Node;
import java.util.List;
import java.util.Optional;

/**
 * Reads Node documents ({@code libcalico-go/lib/apis/internalapi/node.go}). Ignores unknown fields.
 *
 * <p>A node's address is {@code spec.bgp.ipv4Address}, a bare one standing for a /32; without it the first IPv4 address of
 * type InternalIP in {@code spec.addresses}, then of type ExternalIP.
 */
public final class NodeCodec {

    public static final String KIND = "Node";

    private NodeCodec() {}

    /** Reads a stored value. */
    public static Decoded<Node> decode(byte[] json) {
        return JsonDocument.read(json, NodeCodec::decode);
    }

    /** Reads a document; never {@link Decoded.Unsupported}. */
    static Decoded<Node> decode(JsonNode document) {
        Fields root = Fields.of(document);
        Optional<String> name = ResourceHeader.read(root, KIND);
        Fields spec = root.object("spec");
        Fields bgp = spec.object("bgp");
        Optional<InterfaceAddress> address =
                bgp.parsed("ipv4Address", InterfaceAddress::parse).or(() -> fallback(spec));
        Optional<Address> tunnelAddress = bgp.parsed("ipv4IPIPTunnelAddr", Address::parse);
        Node node = new Node(
                name.orElse(""), address, tunnelAddress, root.object("metadata").texts("labels"));
        return root.faults().isEmpty() ? new Decoded.Valid<>(node) : new Decoded.Invalid<>(root.faults());
    }

    private static Optional<InterfaceAddress> fallback(Fields spec) {
        List<Fields> addresses = spec.objects("addresses");
        return firstOf("InternalIP", addresses).or(() -> firstOf("ExternalIP", addresses));
    }

    private static Optional<InterfaceAddress> firstOf(String type, List<Fields> addresses) {
        return addresses.stream()
                .filter(entry -> entry.text("type").filter(type::equals).isPresent())
                .filter(entry -> entry.text("address")
                        .filter(text -> text.indexOf(':') < 0)
                        .isPresent())
                .findFirst()
                .flatMap(entry -> entry.parsed("address", InterfaceAddress::parse));
    }
}
