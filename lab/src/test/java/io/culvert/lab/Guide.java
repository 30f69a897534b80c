package io.culvert.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** What the operator's guide tells its reader to type, so that it is what the tests type. */
final class Guide {

    private static final Pattern FENCED = Pattern.compile("(?ms)^ *```\\w*\\n(.*?)^ *```$");

    private Guide() {}

    /** The only fenced block of a page that contains the text. */
    static String block(String page, String text) {
        Path file = Path.of(System.getenv("CULVERT_DOCS"), page);
        try {
            return FENCED.matcher(Files.readString(file))
                    .results()
                    .map((MatchResult found) -> found.group(1))
                    .filter(block -> block.contains(text))
                    .reduce((one, other) -> {
                        throw new AssertionError(file + " has more than one block with " + text);
                    })
                    .orElseThrow(() -> new AssertionError(file + " has no block with " + text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
