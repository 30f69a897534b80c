package io.culvert.operator.calico.rule;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.KnownFields;
import io.culvert.operator.calico.Spelling;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Checks a document that a person wrote. Stricter than for stored ones: {@code apiVersion} and {@code kind} have to be
 * there, and an unknown field is a fault, since it is most likely a misspelt one.
 */
public final class FileCheck {

    // That of Calico's own type.
    private static final int LONGEST_CIDR = 48;

    private FileCheck() {}

    /** Every fault of the document, in the order of a reader's interest; empty if it may be written. */
    public static List<Fault> faults(JsonNode document) {
        Set<Fault> faults = new LinkedHashSet<>();
        if (!document.path("apiVersion").asText().equals(Kind.API_VERSION)) {
            faults.add(wrong(document, "apiVersion", Kind.API_VERSION));
        }
        Optional<Kind> kind = Kind.spelled(document.path("kind").asText());
        kind.ifPresentOrElse(known -> check(document, known, faults), () -> faults.add(unknownKind(document)));
        return List.copyOf(faults);
    }

    private static void check(JsonNode document, Kind kind, Set<Fault> faults) {
        KnownFields.of(kind).check(document, "", faults::add);
        Decoded<?> decoded = kind.decode(document);
        if (decoded instanceof Decoded.Invalid<?> invalid) {
            faults.addAll(invalid.faults());
        } else if (decoded instanceof Decoded.Unsupported<?> unsupported) {
            faults.add(Fault.at("spec.cidr", document.path("spec").path("cidr"), unsupported.reason()));
            checkIpv6(document.path("spec"), faults);
        }
    }

    /** What Calico refuses in an IPv6 pool too, so that a person does not meet it one tool later. */
    private static void checkIpv6(JsonNode spec, Set<Fault> faults) {
        String mode = spec.path("ipipMode").asText("");
        if (!mode.isEmpty() && !mode.equals("Never")) {
            faults.add(Fault.at("spec.ipipMode", spec.path("ipipMode"), "must be Never in an IPv6 pool"));
        }
        if (spec.path("cidr").asText().length() > LONGEST_CIDR) {
            faults.add(Fault.at("spec.cidr", spec.path("cidr"), "must have at most " + LONGEST_CIDR + " characters"));
        }
    }

    private static Fault wrong(JsonNode document, String field, String right) {
        JsonNode value = document.path(field);
        return Fault.at(field, value, value.isMissingNode() ? "is required: " + right : "must be " + right);
    }

    private static Fault unknownKind(JsonNode document) {
        Optional<String> meant = kindMeant(document);
        boolean foreign = meant.isEmpty() && document.path("kind").isTextual();
        String kinds = "IPPool or Node" + (foreign ? "; for Calico's other kinds there is calicoctl" : "");
        return wrong(document, "kind", kinds).suggesting(meant);
    }

    private static Optional<String> kindMeant(JsonNode document) {
        String word = document.path("kind").asText();
        List<String> kinds = Stream.of(Kind.values()).map(Kind::toString).toList();
        return Kind.called(word).map(Kind::toString).or(() -> Spelling.nearest(word, kinds));
    }
}
