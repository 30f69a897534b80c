package io.culvert.operator.report;

import io.culvert.reconciler.net.Prefix;
import java.util.Map;

/**
 * What somebody asks {@code /state} for.
 *
 * @param within only routes to prefixes inside this one
 * @param limit how many entries of a list at most
 */
public record StateQuery(Prefix within, int limit) {

    private static final Prefix ALL = new Prefix(0, 0);

    /**
     * By the parameters {@code prefix} and {@code limit}; without them, everything.
     *
     * @throws IllegalArgumentException if a parameter is unknown or wrong; the message names it
     */
    public static StateQuery of(Map<String, String> parameters) {
        Prefix within = ALL;
        int limit = Integer.MAX_VALUE;
        for (Map.Entry<String, String> parameter : parameters.entrySet()) {
            String value = parameter.getValue();
            switch (parameter.getKey()) {
                case "prefix" -> within = prefix(value);
                case "limit" -> limit = limit(value);
                default ->
                    throw new IllegalArgumentException(
                            "unknown parameter " + parameter.getKey() + ": there are prefix and limit");
            }
        }
        return new StateQuery(within, limit);
    }

    private static Prefix prefix(String value) {
        try {
            return Prefix.parse(value);
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException(
                    "prefix: \"" + value + "\": " + wrong.getMessage() + "; example: /state?prefix=192.168.0.0/16",
                    wrong);
        }
    }

    private static int limit(String value) {
        if (!value.matches("[0-9]{1,9}")) {
            throw new IllegalArgumentException(
                    "limit: \"" + value + "\": must be a whole number, at most 999999999; example: /state?limit=100");
        }
        return Integer.parseInt(value);
    }
}
