package io.culvert.operator.nft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.Outcome;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of a command that does not behave; a shell stands in for nft. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NftCommandTest {

    private static NftTable table(String script, Duration limit) {
        return new NftTable(List.of("sh", "-c", script), "culvert.ipip", limit);
    }

    @Test
    void a_command_that_hangs_is_killed() {
        NftTable hanging = table("exec sleep 60", Duration.ofSeconds(1));
        assertThatThrownBy(hanging::observe)
                .isInstanceOf(KernelException.class)
                .hasMessage("exec sleep 60 did not answer within 1 s");
    }

    @Test
    void errors_longer_than_a_pipe_holds_are_reported_whole() {
        NftTable failing = table("cat > /dev/null; yes wrong | head -c 200000 >&2; exit 1", Duration.ofSeconds(10));
        Outcome outcome = failing.apply(new Change.DeleteRuleset());
        assertThat(outcome.succeeded()).isFalse();
        assertThat(outcome.text()).hasSizeGreaterThan(199_000).startsWith("wrong\nwrong");
    }

    @Test
    void the_output_is_read_to_its_end() {
        NftTable table =
                table("head -c 100000 /dev/zero | tr '\\0' ' '; printf '{\"nftables\": []}'", Duration.ofSeconds(10));
        assertThat(table.observe().ruleset()).isPresent();
    }
}
