package io.culvert.operator.calico.rule;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
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
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Checks a document that a user wrote. Stricter than for stored ones: {@code apiVersion} and {@code kind} are required, and an
 * unknown field is a fault unless it is stored like that, since it is most likely misspelt.
 */
public final class FileCheck {

    // That of Calico's own type.
    private static final int LONGEST_CIDR = 48;

    private FileCheck() {}

    /**
     * The resource, or every fault of the document, the most useful first; never {@link Unsupported}. Whether unknown and
     * unsupported content is a fault depends on what is stored: {@link #unknownFields}, {@link #unsupported}.
     */
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
        List<Fault> decoding = resource.decoded() instanceof Invalid<?> invalid ? invalid.faults() : List.of();
        if (faults.isEmpty() && decoding.isEmpty()) {
            return new Valid<>(resource);
        }
        faults.addAll(unknownFields(resource, Optional.empty()));
        faults.addAll(decoding);
        return new Invalid<>(List.copyOf(faults));
    }

    /**
     * The resource that a document names, for a command that needs no more; or what is wrong with its name. Without {@code
     * apiVersion} it is Calico's.
     */
    public static Decoded<Resource> name(ObjectNode document) {
        List<Fault> faults = new ArrayList<>();
        if (!document.path("apiVersion").asText(Kind.API_VERSION).equals(Kind.API_VERSION)) {
            faults.add(wrong(document, "apiVersion", Kind.API_VERSION));
        }
        Optional<Kind> kind = Kind.spelled(document.path("kind").asText());
        if (kind.isEmpty()) {
            faults.add(unknownKind(document));
        }
        JsonNode name = document.path("metadata").path("name");
        if (!name.isTextual() || name.textValue().isEmpty()) {
            faults.add(Fault.at("metadata.name", name, "is required"));
        }
        return faults.isEmpty() && kind.isPresent()
                ? new Valid<>(Resource.of(kind.get(), document))
                : new Invalid<>(faults);
    }

    /** Whether it is a resource of Calico's that Culvert leaves to calicoctl. */
    public static boolean isForeign(ObjectNode document) {
        String kind = document.path("kind").asText();
        return document.path("apiVersion").asText().equals(Kind.API_VERSION)
                && !kind.isEmpty()
                && Kind.spelled(kind).isEmpty()
                && kindMeant(document).isEmpty();
    }

    /** The unknown fields of a document; those that are stored like that are no faults. */
    public static List<Fault> unknownFields(Resource resource, Optional<Resource> stored) {
        List<Fault> faults = new ArrayList<>();
        JsonNode before = stored.<JsonNode>map(Resource::document).orElse(MissingNode.getInstance());
        KnownFields.of(resource.kind()).check(resource.document(), before, "", faults::add);
        return faults;
    }

    /** Why Culvert neither creates nor changes such a resource; empty if it does. */
    public static List<Fault> unsupported(Resource resource) {
        if (!(resource.decoded() instanceof Unsupported<?> unsupported)) {
            return List.of();
        }
        JsonNode spec = resource.document().path("spec");
        List<Fault> faults = new ArrayList<>();
        faults.add(Fault.at("spec.cidr", spec.path("cidr"), unsupported.reason()));
        checkIpv6(spec, faults);
        return faults;
    }

    /** What Calico refuses in an IPv6 pool too, so that the user learns it here, not one tool later. */
    private static void checkIpv6(JsonNode spec, List<Fault> faults) {
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
