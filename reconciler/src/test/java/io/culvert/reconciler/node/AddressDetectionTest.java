package io.culvert.reconciler.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.kernel.DefaultPath;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AddressDetectionTest {

    private static final int LO = 1;
    private static final int ETH0 = 2;
    private static final int ETH1 = 3;

    private static final DefaultPath BY_GATEWAY = path("10.0.1.1", ETH0, "");

    @Test
    void a_virtual_address_is_passed_by() {
        LinkState links = links(link(ETH0, "10.0.1.50/32", "10.0.1.12/24"));
        assertThat(AddressDetection.detect(links, List.of(BY_GATEWAY))).contains(address("10.0.1.12/24"));
        assertThat(AddressDetection.detect(links, List.of(path("10.0.1.1", ETH0, "10.0.1.12"))))
                .contains(address("10.0.1.12/24"));
        assertThat(AddressDetection.detect(links, List.of(path("10.0.1.1", ETH0, "10.0.1.50"))))
                .as("even where the route prefers it")
                .contains(address("10.0.1.12/24"));
    }

    @Test
    void the_prefix_that_holds_the_gateway_counts() {
        LinkState links = links(link(ETH0, "172.16.5.5/24", "10.0.1.11/24"));
        assertThat(AddressDetection.detect(links, List.of(BY_GATEWAY))).contains(address("10.0.1.11/24"));
    }

    @Test
    void the_preferred_source_goes_before_the_prefix() {
        LinkState links = links(link(LO, "10.9.9.1/32"), link(ETH0, "10.0.1.11/24", "10.0.1.12/24"));
        assertThat(AddressDetection.detect(links, List.of(path("10.0.1.1", ETH0, "10.0.1.12"))))
                .contains(address("10.0.1.12/24"));
        assertThat(AddressDetection.detect(links, List.of(path("10.0.1.1", ETH0, "10.9.9.1"))))
                .as("an address of the loopback, as routing to the host has it")
                .contains(address("10.9.9.1/32"));
        assertThat(AddressDetection.detect(links, List.of(path("10.0.1.1", ETH0, "10.0.1.99"))))
                .as("a source that has left the machine")
                .contains(address("10.0.1.11/24"));
    }

    @Test
    void an_address_without_a_subnet_is_better_than_none() {
        assertThat(AddressDetection.detect(links(link(ETH0, "10.128.0.2/32")), List.of(BY_GATEWAY)))
                .contains(address("10.128.0.2/32"));
        assertThat(AddressDetection.detect(links(link(ETH0, "10.128.0.2/32")), List.of(path("", ETH0, ""))))
                .contains(address("10.128.0.2/32"));
    }

    @Test
    void a_path_without_an_address_leads_to_the_next_one() {
        LinkState links = links(link(ETH0), link(ETH1, "10.0.2.11/24"));
        assertThat(AddressDetection.detect(links, List.of(BY_GATEWAY, path("10.0.2.1", ETH1, ""))))
                .contains(address("10.0.2.11/24"));
        assertThat(AddressDetection.detect(links, List.of(BY_GATEWAY))).isEmpty();
        assertThat(AddressDetection.detect(links, List.of())).isEmpty();
    }

    @Test
    void a_detected_address_stays_as_long_as_an_interface_has_it() {
        LinkState links = links(link(ETH0, "10.0.1.50/24", "10.0.1.12/25"));
        assertThat(observed(AddressOrigin.DETECTED, "10.0.1.12/24", links))
                .as("with its new prefix")
                .isEqualTo(NodeAddress.present(address("10.0.1.12/25")));
        assertThat(observed(AddressOrigin.DETECTED, "10.0.1.13/24", links))
                .isEqualTo(NodeAddress.present(address("10.0.1.50/24")));
    }

    @Test
    void an_address_that_no_interface_has_is_a_fault() {
        NodeAddress lost = observed(AddressOrigin.DETECTED, "10.0.1.12/24", links(link(ETH0)));
        assertThat(lost.address()).isEqualTo(address("10.0.1.12/24"));
        assertThat(lost.fault()).hasValueSatisfying(fault -> assertThat(fault).contains("has left this machine"));
    }

    @Test
    void a_fixed_address_never_changes() {
        LinkState links = links(link(ETH0, "10.0.1.12/24"));
        assertThat(observed(AddressOrigin.FIXED, "10.0.1.12/16", links))
                .isEqualTo(NodeAddress.present(address("10.0.1.12/16")));
        NodeAddress elsewhere = observed(AddressOrigin.FIXED, "10.0.1.13/24", links);
        assertThat(elsewhere.address()).isEqualTo(address("10.0.1.13/24"));
        assertThat(elsewhere.fault())
                .hasValueSatisfying(fault -> assertThat(fault).contains("no interface has it"));
    }

    private static NodeAddress observed(AddressOrigin origin, String known, LinkState links) {
        return NodeAddress.observed(origin, address(known), links, List.of(BY_GATEWAY));
    }

    private static InterfaceAddress address(String text) {
        return InterfaceAddress.parse(text);
    }

    private static DefaultPath path(String gateway, int device, String source) {
        return new DefaultPath(optional(gateway), device, optional(source));
    }

    private static Optional<Address> optional(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(Address.parse(text));
    }

    private static LinkState links(Link... links) {
        return new LinkState(List.of(links));
    }

    private static Link link(int index, String... addresses) {
        return new Link(
                index,
                "dev" + index,
                "",
                true,
                1500,
                Optional.empty(),
                Stream.of(addresses).map(InterfaceAddress::parse).toList());
    }
}
