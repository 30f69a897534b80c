package io.culvert.operator.calico;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** What all resources have in common: {@code apiVersion}, {@code kind} and {@code metadata.name}. */
public final class ResourceHeader {

    static final String API_VERSION = "projectcalico.org/v3";

    private static final int LONGEST_NAME = 253;
    private static final Pattern DNS_SUBDOMAIN =
            Pattern.compile("[a-z0-9]([-a-z0-9]*+(?<!-))?+(\\.[a-z0-9]([-a-z0-9]*+(?<!-))?+)*+");

    private static final String RULE =
            "must be a DNS-1123 subdomain: lower-case letters, digits, '-' and '.', at most 253 characters, "
                    + "a letter or digit at both ends of each part";

    private ResourceHeader() {}

    /** The resource's name, empty if it is faulty; every fault of the header is reported to the document. */
    static Optional<String> read(Fields document, String kind) {
        expect(document, "apiVersion", API_VERSION);
        expect(document, "kind", kind);
        Fields metadata = document.object("metadata");
        metadata.texts("labels");
        metadata.texts("annotations");
        return metadata.required("name", "default-ipv4-ippool").filter(name -> named(metadata, name));
    }

    /** The name in a document of any kind, empty text if it has none. */
    public static String name(JsonNode document) {
        return document.path("metadata").path("name").asText();
    }

    private static void expect(Fields document, String field, String value) {
        Optional<String> actual = document.text(field);
        if (actual.isPresent() && !actual.get().equals(value)) {
            document.fault(field, "must be " + value);
        }
    }

    private static boolean named(Fields metadata, String name) {
        if (isName(name)) {
            return true;
        }
        meant(name).ifPresentOrElse(meant -> metadata.fault("name", RULE, meant), () -> metadata.fault("name", RULE));
        return false;
    }

    /** Why no resource can have that name; empty if one can. */
    public static Optional<String> nameFault(String name) {
        return isName(name)
                ? Optional.empty()
                : Optional.of(RULE + meant(name).map(Spelling::question).orElse(""));
    }

    private static Optional<String> meant(String name) {
        return Optional.of(name.strip().toLowerCase(Locale.ROOT).replaceAll("[_ ]", "-"))
                .filter(ResourceHeader::isName);
    }

    private static boolean isName(String name) {
        return name.length() <= LONGEST_NAME && DNS_SUBDOMAIN.matcher(name).matches();
    }
}
