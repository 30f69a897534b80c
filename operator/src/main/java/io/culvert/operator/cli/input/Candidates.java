package io.culvert.operator.cli.input;

import java.util.Iterator;
import java.util.List;

/** The words that options and arguments take, as the shell's completion offers them. */
public final class Candidates {

    private Candidates() {}

    /** Words that picocli can ask for. */
    private abstract static class Words implements Iterable<String> {

        private final List<String> words;

        Words(String... words) {
            this.words = List.of(words);
        }

        @Override
        public Iterator<String> iterator() {
            return words.iterator();
        }
    }

    /** Of {@code -o} for resources. */
    static final class ResourceFormats extends Words {
        ResourceFormats() {
            super("wide", "yaml", "json", "name");
        }
    }

    /** Of {@code -o} for the status. */
    public static final class StatusFormats extends Words {
        StatusFormats() {
            super("wide", "json");
        }
    }

    /** Of {@code -o} where there is one besides text. */
    static final class Json extends Words {
        Json() {
            super("json");
        }
    }

    /** Of {@code --for}. */
    public static final class Goals extends Words {
        Goals() {
            super("converged", "delete");
        }
    }

    /** Of {@code --block-claims}. */
    public static final class BlockClaims extends Words {
        BlockClaims() {
            super("auto", "observe");
        }
    }

    /** Of switches. */
    public static final class Booleans extends Words {
        Booleans() {
            super("true", "false");
        }
    }

    /** Of {@code completion}. */
    public static final class Shells extends Words {
        Shells() {
            super("bash", "zsh");
        }
    }
}
