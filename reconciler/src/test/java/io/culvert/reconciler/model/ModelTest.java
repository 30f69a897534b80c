package io.culvert.reconciler.model;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The laws against random stories in memory. {@link ModelCheck} says how to ask for more of them, or for one. */
class ModelTest {

    private static final long STEPS = 50_000;

    @Test
    void lawsHoldAfterEveryStep() {
        ModelCheck check = new ModelCheck(FakeHost::new, List.of("Always", "CrossSubnet", "Never"));

        System.out.println("model check: " + check.run(STEPS));
    }
}
