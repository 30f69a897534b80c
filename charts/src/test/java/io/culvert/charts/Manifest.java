package io.culvert.charts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.kubernetes.client.openapi.JSON;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1DaemonSet;
import io.kubernetes.client.openapi.models.V1Job;
import io.kubernetes.client.openapi.models.V1Pod;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServiceAccount;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * One rendered object.
 *
 * @param json the object's tree
 */
record Manifest(JsonNode json) {

    private static final YAMLMapper YAML = new YAMLMapper();
    private static final Map<String, Model> MODELS = Map.of(
            "apps/v1 DaemonSet", new Model(V1DaemonSet.class, V1DaemonSet::validateJsonElement),
            "batch/v1 Job", new Model(V1Job.class, V1Job::validateJsonElement),
            "v1 ConfigMap", new Model(V1ConfigMap.class, V1ConfigMap::validateJsonElement),
            "v1 Pod", new Model(V1Pod.class, V1Pod::validateJsonElement),
            "v1 Service", new Model(V1Service.class, V1Service::validateJsonElement),
            "v1 ServiceAccount", new Model(V1ServiceAccount.class, V1ServiceAccount::validateJsonElement));

    private record Model(Class<?> type, Check check) {}

    @FunctionalInterface
    private interface Check {
        void accept(JsonElement json) throws IOException;
    }

    static List<Manifest> of(String rendered) throws IOException {
        try (MappingIterator<JsonNode> documents =
                YAML.readerFor(JsonNode.class).readValues(rendered)) {
            return documents.readAll().stream()
                    .filter(document -> !document.isNull() && !document.isMissingNode())
                    .map(Manifest::new)
                    .toList();
        }
    }

    String kind() {
        return at("/kind").asText();
    }

    /**
     * Reads the object as the model of its kind and writes it again.
     *
     * @return what comes back: equal to {@link #tree()}, or a scalar had another type than the cluster wants
     * @throws IllegalArgumentException if a field is unknown, missing or no list, naming it; or if the kind is unknown here
     */
    JsonElement throughModel() throws IOException {
        String version = json.path("apiVersion").asText();
        if (version.startsWith(PrometheusOperator.GROUP)) {
            return withoutEmpty(JsonParser.parseString(
                    PrometheusOperator.throughModel(kind(), json).toString()));
        }
        Model model = MODELS.get(version + " " + kind());
        if (model == null) {
            throw new IllegalArgumentException("no model is known here for " + json);
        }
        model.check().accept(JsonParser.parseString(json.toString()));
        return withoutEmpty(JsonParser.parseString(JSON.serialize(JSON.deserialize(json.toString(), model.type()))));
    }

    /** The object without empty lists and objects, which the model adds for fields that are not set. */
    JsonElement tree() {
        return withoutEmpty(JsonParser.parseString(json.toString()));
    }

    private static JsonElement withoutEmpty(JsonElement element) {
        if (element.isJsonArray()) {
            element.getAsJsonArray().forEach(Manifest::withoutEmpty);
        } else if (element.isJsonObject()) {
            element.getAsJsonObject().entrySet().removeIf(field -> isEmpty(withoutEmpty(field.getValue())));
        }
        return element;
    }

    private static boolean isEmpty(JsonElement element) {
        return (element.isJsonArray() && element.getAsJsonArray().isEmpty())
                || (element.isJsonObject() && element.getAsJsonObject().isEmpty());
    }

    JsonNode at(String pointer) {
        return json.at(pointer);
    }
}
