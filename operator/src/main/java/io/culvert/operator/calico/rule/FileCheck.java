package io.culvert.operator.calico.rule;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.Decoded.Invalid;
import io.culvert.operator.calico.Decoded.Unsupported;
import io.culvert.operator.calico.Decoded.Valid;
import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.KnownFields;
import io.culvert.operator.calico.Resource;
import io.culvert.operator.calico.Spelling;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Checks a document that a user wrote. Stricter than for stored ones: {@code apiVersion} and {@code kind} are required, and an
 * unknown field is a fault, since it is most likely misspelt.
 */
public final class FileCheck {

    // That of Calico's own type.
    private static final int LONGEST_CIDR = 48;

    private FileCheck() {}

    /** The resource, or every fault of the document, the most useful first; never {@link Unsupported}. */
    public static Decoded<Resource> check(ObjectNode document) {
        Set<Fault> faults = new LinkedHashSet<>();
        if (!document.path("apiVersion").asText().equals(Kind.API_VERSION)) {
            faults.add(wrong(document, "apiVersion", Kind.API_VERSION));
        }
        Optional<Kind> kind = Kind.spelled(document.path("kind").asText());
        if (kind.isEmpty()) {
            faults.add(unknownKind(document));
            return new Invalid<>(List.copyOf(faults));
        }
        Resource resource = Resource.of(kind.get(), document);
        check(resource, faults);
        return faults.isEmpty() ? new Valid<>(resource) : new Invalid<>(List.copyOf(faults));
    }

    private static void check(Resource resource, Set<Fault> faults) {
        ObjectNode document = resource.document();
        KnownFields.of(resource.kind()).check(document, "", faults::add);
        if (resource.decoded() instanceof Invalid<?> invalid) {
            faults.addAll(invalid.faults());
        } else if (resource.decoded() instanceof Unsupported<?> unsupported) {
            faults.add(Fault.at("spec.cidr", document.path("spec").path("cidr"), unsupported.reason()));
            checkIpv6(document.path("spec"), faults);
        }
    }

    /** What Calico refuses in an IPv6 pool too, so that the user learns it here, not one tool later. */
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
        String kinds = "IPPool or Node" + (foreign ? "; use calicoctl for Calico's other kinds" : "");
        return wrong(document, "kind", kinds).suggesting(meant);
    }

    private static Optional<String> kindMeant(JsonNode document) {
        String word = document.path("kind").asText();
        List<String> kinds = Stream.of(Kind.values()).map(Kind::toString).toList();
        return Kind.called(word).map(Kind::toString).or(() -> Spelling.nearest(word, kinds));
    }
}
