package io.culvert.operator.calico;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The fields of one JSON object, read by type. Every fault is collected, and reading continues as if the faulty field were
 * absent. As in Calico, whose Go types leave empty values out when they write, {@code null} and
 * {@code ""} count as absent. Not for more than one thread.
 */
public final class Fields {

    private static final Map<String, String> YES_AND_NO =
            Map.of("yes", "true", "on", "true", "true", "true", "no", "false", "off", "false", "false", "false");

    private final JsonNode object;
    private final String path;
    private final Set<Fault> faults;

    private Fields(JsonNode object, String path, Set<Fault> faults) {
        this.object = object;
        this.path = path;
        this.faults = faults;
    }

    /** The fields of a whole document, with an empty collection of faults. */
    static Fields of(JsonNode document) {
        Set<Fault> faults = new LinkedHashSet<>();
        if (!document.isObject()) {
            faults.add(Fault.at("", document, "a resource must be an object with apiVersion, kind, metadata and spec"));
        }
        return new Fields(document, "", faults);
    }

    /** All faults of the document so far, in order, each once. */
    List<Fault> faults() {
        return List.copyOf(faults);
    }

    /** The fields of an object below; of an empty one if it is absent or no object. */
    Fields object(String name) {
        JsonNode value = value(name);
        if (!value.isMissingNode() && !value.isObject()) {
            fault(name, "must be an object");
        }
        return new Fields(value, pathOf(name), faults);
    }

    /** The objects of a list below; none if it is absent. */
    List<Fields> objects(String name) {
        JsonNode list = list(name, "must be a list of objects");
        List<Fields> result = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            String element = pathOf(name) + "[" + i + "]";
            if (list.get(i).isObject()) {
                result.add(new Fields(list.get(i), element, faults));
            } else {
                faults.add(Fault.at(element, list.get(i), "must be an object"));
            }
        }
        return result;
    }

    /** A string. */
    Optional<String> text(String name) {
        JsonNode value = value(name);
        if (!value.isMissingNode() && !value.isTextual()) {
            fault(name, value.isContainerNode() ? "must be a string" : "must be a string; put it in quotes");
        }
        return value.isTextual() && !value.textValue().isEmpty() ? Optional.of(value.textValue()) : Optional.empty();
    }

    /** A required string; its absence is a fault. */
    Optional<String> required(String name, String example) {
        Optional<String> text = text(name);
        JsonNode value = value(name);
        if (text.isEmpty() && (value.isMissingNode() || value.isTextual())) {
            fault(name, "is required, for example " + example);
        }
        return text;
    }

    /**
     * A string parsed to a value.
     *
     * @param parse throws {@link IllegalArgumentException} with the rule that the text breaks
     */
    <T> Optional<T> parsed(String name, Function<String, T> parse) {
        return text(name).flatMap(text -> {
            try {
                return Optional.of(parse.apply(text));
            } catch (IllegalArgumentException broken) {
                fault(name, String.valueOf(broken.getMessage()));
                return Optional.empty();
            }
        });
    }

    /** A boolean; false if absent. */
    boolean flag(String name) {
        JsonNode value = value(name);
        if (!value.isMissingNode() && !value.isBoolean()) {
            Optional<String> meant = Optional.ofNullable(YES_AND_NO.get(value.asText()));
            faults.add(Fault.at(pathOf(name), value, "must be true or false").suggesting(meant));
        }
        return value.booleanValue();
    }

    /** An integer from a range; 0 counts as absent, as in Calico. Empty if it is faulty. */
    Optional<Integer> number(String name, int least, int greatest, int absent) {
        JsonNode value = value(name);
        if (value.isMissingNode() || value.isIntegralNumber() && value.longValue() == 0) {
            return Optional.of(absent);
        }
        if (!value.isIntegralNumber() || value.longValue() < least || value.longValue() > greatest) {
            fault(name, "must be an integer from " + least + " to " + greatest);
            return Optional.empty();
        }
        return Optional.of(value.intValue());
    }

    /**
     * A word from a vocabulary.
     *
     * @param words the values by their spellings, in the order in which they are named to the user
     * @return {@code absent} if there is none, empty if it is faulty
     */
    <T> Optional<T> choice(String name, Map<String, T> words, T absent) {
        JsonNode value = value(name);
        if (value.isMissingNode() || value.isTextual() && value.textValue().isEmpty()) {
            return Optional.of(absent);
        }
        return word(pathOf(name), value, words);
    }

    /** The words of a list, without faulty ones. */
    <T> List<T> choices(String name, Map<String, T> words) {
        JsonNode list = list(name, "must be a list of " + alternatives(List.copyOf(words.keySet())));
        List<T> result = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            word(pathOf(name) + "[" + i + "]", list.get(i), words).ifPresent(result::add);
        }
        return result;
    }

    private List<String> listed(String name) {
        JsonNode list = list(name, "must be a list of strings");
        List<String> result = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            if (list.get(i).isTextual()) {
                result.add(list.get(i).textValue());
            } else {
                faults.add(Fault.at(pathOf(name) + "[" + i + "]", list.get(i), "must be a string; put it in quotes"));
            }
        }
        return result;
    }

    /**
     * The strings of a list parsed to values, without those that break a rule.
     *
     * @param concerned which of them to parse
     * @param parse as in {@link #parsed}
     */
    <T> List<T> parsedList(String name, Predicate<String> concerned, Function<String, T> parse) {
        List<T> result = new ArrayList<>();
        List<String> texts = listed(name);
        for (int i = 0; i < texts.size(); i++) {
            if (concerned.test(texts.get(i))) {
                try {
                    result.add(parse.apply(texts.get(i)));
                } catch (IllegalArgumentException broken) {
                    String element = pathOf(name) + "[" + i + "]";
                    faults.add(Fault.at(element, TextNode.valueOf(texts.get(i)), String.valueOf(broken.getMessage())));
                }
            }
        }
        return result;
    }

    private <T> Optional<T> word(String where, JsonNode value, Map<String, T> words) {
        Optional<T> meaning = Optional.ofNullable(value.isTextual() ? words.get(value.textValue()) : null);
        if (meaning.isEmpty()) {
            faults.add(Fault.at(where, value, "must be " + alternatives(List.copyOf(words.keySet())))
                    .suggesting(Spelling.nearest(value.asText(), words.keySet())));
        }
        return meaning;
    }

    private static String alternatives(List<String> words) {
        int last = words.size() - 1;
        return String.join(", ", words.subList(0, last)) + " or " + words.get(last);
    }

    /** A map of strings, such as labels; empty if absent. */
    Map<String, String> texts(String name) {
        Fields map = object(name);
        Map<String, String> result = new TreeMap<>();
        map.object.fieldNames().forEachRemaining(key -> {
            if (map.object.path(key).isTextual()) {
                result.put(key, map.object.path(key).textValue());
            } else {
                map.fault(key, "must be a string; put it in quotes");
            }
        });
        return result;
    }

    /** Whether the field has a value, right or wrong. */
    boolean has(String name) {
        JsonNode value = value(name);
        return !value.isMissingNode()
                && !(value.isTextual() && value.textValue().isEmpty());
    }

    /** Reports a rule that the field breaks. */
    void fault(String name, String rule) {
        faults.add(Fault.at(pathOf(name), value(name), rule));
    }

    /** Reports a rule that the field breaks, with what was probably meant. */
    void fault(String name, String rule, String meant) {
        faults.add(Fault.at(pathOf(name), value(name), rule).suggesting(Optional.of(meant)));
    }

    private JsonNode list(String name, String rule) {
        JsonNode value = value(name);
        if (!value.isMissingNode() && !value.isArray()) {
            fault(name, rule);
            return MissingNode.getInstance();
        }
        return value;
    }

    private JsonNode value(String name) {
        JsonNode value = object.path(name);
        return value.isNull() ? MissingNode.getInstance() : value;
    }

    private String pathOf(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }
}
