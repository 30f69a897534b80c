package io.culvert.charts;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.openshift.api.model.monitoring.v1.PodMonitor;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import java.io.IOException;
import java.util.Map;

/** The kinds of the Prometheus Operator, after fabric8's model of them. It says which fields there are, not which must be. */
final class PrometheusOperator {

    static final String GROUP = "monitoring.coreos.com/";

    private static final Map<String, Class<?>> KINDS = Map.of(
            "PodMonitor", PodMonitor.class,
            "PrometheusRule", PrometheusRule.class,
            "ServiceMonitor", ServiceMonitor.class);

    private static final JsonMapper STRICT = JsonMapper.builder()
            .annotationIntrospector(new WithoutAnySetter())
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .build();

    private PrometheusOperator() {}

    /** The model's classes take any field and keep it, unless Jackson does not see that. */
    private static final class WithoutAnySetter extends JacksonAnnotationIntrospector {

        private static final long serialVersionUID = 1;

        @Override
        public Boolean hasAnySetter(Annotated member) {
            return false;
        }
    }

    /**
     * Reads the object as the model of its kind and writes it again.
     *
     * @throws IllegalArgumentException if the kind is unknown here
     * @throws IOException if a field is unknown or a scalar has another type, naming it
     */
    static JsonNode throughModel(String kind, JsonNode json) throws IOException {
        Class<?> model = KINDS.get(kind);
        if (model == null) {
            throw new IllegalArgumentException("no model is known here for " + json);
        }
        return STRICT.valueToTree(STRICT.treeToValue(json, model));
    }
}
