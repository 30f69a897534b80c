package io.culvert.reconciler.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.net.Address;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What every {@link Kernel} that has ipip does with tunnel devices: the fake and Linux alike. */
public abstract class TunnelContract {

    private static final String NAME = "culvert0";
    private static final Address LOCAL = Address.parse("10.0.1.11");
    private static final Address OTHER_LOCAL = Address.parse("10.0.1.99");

    /** The kernel under test, in which no device is called {@code culvert0}. */
    protected abstract Kernel kernel();

    private int errno(Change change) {
        return kernel().apply(List.of(change)).get(0).errno();
    }

    private Link tunnel() {
        return kernel().observeLinks().named(NAME).orElseThrow();
    }

    private void create() {
        assertThat(errno(new Change.CreateTunnel(NAME, LOCAL, 1480))).isZero();
    }

    @Test
    void createsTheDeviceDown() {
        create();

        Link link = tunnel();
        assertThat(link.kind()).isEqualTo("ipip");
        assertThat(link.up()).isFalse();
        assertThat(link.mtu()).isEqualTo(1480);
        assertThat(link.addresses()).isEmpty();
        assertThat(link.ipip()).isEqualTo(Optional.of(Link.Ipip.ours(LOCAL)));
    }

    @Test
    void createsNothingTwice() {
        create();

        assertThat(errno(new Change.CreateTunnel(NAME, OTHER_LOCAL, 1480))).isEqualTo(Errno.EEXIST);
        assertThat(errno(new Change.CreateTunnel("culvert1", LOCAL, 1480))).isEqualTo(Errno.EEXIST);
    }

    @Test
    void setsUp() {
        create();

        assertThat(errno(new Change.SetUp(tunnel().index(), NAME))).isZero();
        assertThat(tunnel().up()).isTrue();
    }

    @Test
    void changesParametersInPlace() {
        create();
        int index = tunnel().index();

        assertThat(errno(new Change.SetTunnelParameters(index, NAME, OTHER_LOCAL)))
                .isZero();
        assertThat(tunnel().index()).isEqualTo(index);
        assertThat(tunnel().mtu()).isEqualTo(1480);
        assertThat(tunnel().ipip()).isEqualTo(Optional.of(Link.Ipip.ours(OTHER_LOCAL)));
    }

    @Test
    void deletes() {
        create();
        Change delete = new Change.DeleteLink(tunnel().index(), NAME);

        assertThat(errno(delete)).isZero();
        assertThat(kernel().observeLinks().named(NAME)).isEmpty();
        assertThat(errno(delete)).isEqualTo(Errno.ENODEV);
    }
}
