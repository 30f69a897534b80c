package io.culvert.lab;

import org.jspecify.annotations.Nullable;

/** An IPPool as a user writes it. No mode means that the document leaves it out. */
record Pool(String name, @Nullable String mode, boolean natOutgoing) {

    static final String CIDR = "192.168.0.0/16";
    static final String PREFIX = "/calico/resources/v3/projectcalico.org/ippools/";

    /** The first document of the page this project is founded on. */
    static final Pool ALWAYS = new Pool("ippool-ipip-1", "Always", true);

    /** Its second document. */
    static final Pool CROSS_SUBNET = new Pool("ippool-cs-1", "CrossSubnet", true);

    Pool withMode(@Nullable String other) {
        return new Pool(name, other, natOutgoing);
    }

    Pool withNatOutgoing(boolean other) {
        return new Pool(name, mode, other);
    }

    String key() {
        return PREFIX + name;
    }

    String yaml() {
        return """
                apiVersion: projectcalico.org/v3
                kind: IPPool
                metadata:
                  name: %s
                spec:
                  cidr: %s
                %s  natOutgoing: %s
                """.formatted(name, CIDR, mode == null ? "" : "  ipipMode: " + mode + "\n", natOutgoing);
    }

    String json() {
        return """
                {"kind":"IPPool","apiVersion":"projectcalico.org/v3","metadata":{"name":"%s",\
                "uid":"0b7f6f52-6f27-4f4c-9d3e-0f6a2d6c1a11","creationTimestamp":"2026-01-02T03:04:05Z"},\
                "spec":{"cidr":"%s"%s,"natOutgoing":%s}}""".formatted(name, CIDR, mode == null ? "" : ",\"ipipMode\":\"" + mode + "\"", natOutgoing);
    }
}
