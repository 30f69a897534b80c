package io.culvert.operator.calico.field;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.Resource;
import io.culvert.operator.calico.rule.PoolConflicts;
import io.culvert.operator.calico.rule.Rewrite;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of fields is what documents are held to. */
class FieldDocsTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void everyKnownFieldIsDocumentedAndEveryDocumentedOneKnown() {
        Set<String> known = new TreeSet<>();
        for (Kind kind : Kind.values()) {
            collect(new FieldPath(kind, List.of()), known);
        }
        assertThat(FieldDocs.byPath().keySet()).isEqualTo(known);
    }

    private static void collect(FieldPath path, Set<String> known) {
        known.add(path.toString());
        path.below().forEach(field -> collect(field, known));
    }

    @Test
    void meaningsAreSentences() {
        assertThat(FieldDocs.byPath())
                .allSatisfy((path, doc) ->
                        assertThat(doc.meaning()).as(path).matches("[A-Z].*\\.").hasSizeLessThan(250));
    }

    @Test
    void defaultsAreThoseThatAreWrittenOut() {
        ObjectNode spec =
                (ObjectNode) Rewrite.withDefaults(Resource.of(Kind.IP_POOL, pool("{\"cidr\":\"10.7.0.0/16\"}")))
                        .path("spec");
        spec.remove("cidr");
        assertThat(spec.properties()).isNotEmpty();
        spec.properties()
                .forEach(
                        field -> assertThat(doc("ippool.spec." + field.getKey()).absent())
                                .as(field.getKey())
                                .isEqualTo(text(field.getValue())));
    }

    private static String text(JsonNode value) {
        return value.isArray()
                ? StreamSupport.stream(value.spliterator(), false)
                        .map(JsonNode::asText)
                        .collect(Collectors.joining(", "))
                : value.asText();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ippool.spec.cidr | \"ten\"",
                "ippool.spec.ipipMode | \"Sometimes\"",
                "ippool.spec.vxlanMode | \"Sometimes\"",
                "ippool.spec.natOutgoing | \"perhaps\"",
                "ippool.spec.disabled | 1",
                "ippool.spec.disableBGPExport | 1",
                "ippool.spec.blockSize | 33",
                "ippool.spec.allowedUses | [\"Web\"]",
                "ippool.spec.assignmentMode | \"Never\"",
                "ippool.spec.namespaceSelector | \"all()\"",
                "ippool.metadata.name | \"-\"",
                "ippool.apiVersion | \"v1\"",
                "node.kind | \"IPPool\"",
                "node.metadata | 1",
                "ippool.spec | 1",
                "node.spec.bgp | 1",
                "node.spec.addresses | 1"
            })
    void rulesAreThoseThatFaultsName(String path, String value) throws Exception {
        FieldPath field = FieldPath.parse(path);
        ObjectNode document =
                field.kind() == Kind.IP_POOL ? pool("{\"cidr\":\"10.7.0.0/16\"}") : document("Node", "{}");
        ObjectNode object = document;
        for (String name : field.names().subList(0, field.names().size() - 1)) {
            object = object.withObjectProperty(name);
        }
        object.set(field.names().get(field.names().size() - 1), JSON.readTree(value));
        assertThat(Resource.of(field.kind(), document).decoded())
                .isInstanceOfSatisfying(
                        Decoded.Invalid.class,
                        invalid -> assertThat(((Decoded.Invalid<?>) invalid).faults())
                                .extracting(Fault::rule)
                                .contains(field.doc().rule()));
    }

    @Test
    void whatCannotChangeIsCalledSo() {
        ObjectNode stored = pool("{\"cidr\":\"10.7.0.0/16\",\"blockSize\":26}");
        ObjectNode other = pool("{\"cidr\":\"10.8.0.0/16\",\"blockSize\":27}");
        List<String> immutable =
                PoolConflicts.immutable(Resource.of(Kind.IP_POOL, stored), Resource.of(Kind.IP_POOL, other)).stream()
                        .map(fault -> "ippool." + fault.path())
                        .toList();
        assertThat(FieldDocs.byPath().entrySet().stream()
                        .filter(entry -> entry.getKey().startsWith("ippool.spec.")
                                && entry.getValue().immutable())
                        .map(Map.Entry::getKey))
                .containsExactlyInAnyOrderElementsOf(immutable);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ippool.spec.natOutgoin | unknown field ippool.spec.natOutgoin; did you mean ippool.spec.natOutgoing?",
                "Pools.spec.ipipmod | unknown field ippool.spec.ipipmod; did you mean ippool.spec.ipipMode?",
                "ippool.spek | unknown field ippool.spek; did you mean ippool.spec?",
                "ipool.spec | 'ipool' is neither an IPv4 address nor a kind (ippool, node); did you mean ippool?",
                "ippool.spec.cidr.length | unknown field ippool.spec.cidr.length: it has no fields"
            })
    void unknownFieldsAreNamedWithTheNearest(String path, String message) {
        assertThatThrownBy(() -> FieldPath.parse(path)).hasMessage(message);
    }

    private static FieldDoc doc(String path) {
        return FieldPath.parse(path).doc();
    }

    private static ObjectNode pool(String spec) {
        return document("IPPool", spec);
    }

    private static ObjectNode document(String kind, String spec) {
        try {
            ObjectNode document = JsonNodeFactory.instance.objectNode();
            document.put("kind", kind).put("apiVersion", Kind.API_VERSION);
            document.putObject("metadata").put("name", "x");
            document.set("spec", JSON.readTree(spec));
            return document;
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }
}
