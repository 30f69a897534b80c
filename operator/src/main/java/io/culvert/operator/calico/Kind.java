package io.culvert.operator.calico;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The kinds of resources that Culvert reads and writes. */
public enum Kind {
    IP_POOL(IpPoolCodec.KIND, "ippool", "ippools"),
    NODE(NodeCodec.KIND, "node", "nodes");

    /** {@code apiVersion} of every resource. */
    public static final String API_VERSION = ResourceHeader.API_VERSION;

    private final String text;
    private final String singular;
    private final String plural;

    Kind(String text, String singular, String plural) {
        this.text = text;
        this.singular = singular;
        this.plural = plural;
    }

    /** The kind that a user names by that word, in any case: {@code ippools}, {@code IPPool}, {@code pool}. */
    public static Optional<Kind> called(String word) {
        return Arrays.stream(values())
                .filter(kind -> kind.words().stream().anyMatch(word::equalsIgnoreCase))
                .findFirst();
    }

    /** The kind with exactly that spelling in documents. */
    public static Optional<Kind> spelled(String text) {
        return Arrays.stream(values()).filter(kind -> kind.text.equals(text)).findFirst();
    }

    /** The words that {@link #called} accepts for it. */
    public List<String> words() {
        return switch (this) {
            case IP_POOL -> List.of(singular, plural, "ipp", "ipps", "pool", "pools");
            case NODE -> List.of(singular, plural);
        };
    }

    /** The word before a name: {@code ippool} in {@code ippool/blue}. */
    public String singular() {
        return singular;
    }

    /** The word in etcd keys. */
    public String plural() {
        return plural;
    }

    /** Reads a document leniently, as a stored one. */
    Decoded<?> decode(JsonNode document) {
        return switch (this) {
            case IP_POOL -> IpPoolCodec.decode(document);
            case NODE -> NodeCodec.decode(document);
        };
    }

    /** The spelling in documents. */
    @Override
    public String toString() {
        return text;
    }
}
