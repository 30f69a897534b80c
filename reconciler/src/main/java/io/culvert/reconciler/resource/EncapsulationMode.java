package io.culvert.reconciler.resource;

import java.util.Arrays;
import java.util.Optional;

/** When traffic to a pool is encapsulated: {@code spec.ipipMode} and {@code spec.vxlanMode}. */
public enum EncapsulationMode {
    ALWAYS("Always"),
    CROSS_SUBNET("CrossSubnet"),
    NEVER("Never");

    private final String text;

    EncapsulationMode(String text) {
        this.text = text;
    }

    /** The mode with exactly that spelling: case matters, as in Calico. */
    public static Optional<EncapsulationMode> spelled(String text) {
        return Arrays.stream(values()).filter(mode -> mode.text.equals(text)).findFirst();
    }

    /** The spelling in resources. */
    @Override
    public String toString() {
        return text;
    }
}
