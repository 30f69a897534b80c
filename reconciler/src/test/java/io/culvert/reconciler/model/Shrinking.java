package io.culvert.reconciler.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Shortens a list that shows a fault as far as possible by leaving elements out (delta debugging). */
final class Shrinking {

    private Shrinking() {}

    /**
     * Leaves out runs of elements, half the list at first and single ones in the end, for as long as the fault shows.
     *
     * @param shows whether a list shows the fault; true for the given one
     */
    static <T> List<T> of(List<T> whole, Predicate<List<T>> shows) {
        List<T> list = whole;
        int run = Math.max(1, list.size() / 2);
        while (true) {
            boolean shorter = false;
            for (int from = 0; from < list.size(); ) {
                List<T> rest = new ArrayList<>(list.subList(0, from));
                rest.addAll(list.subList(Math.min(list.size(), from + run), list.size()));
                if (shows.test(rest)) {
                    list = rest;
                    shorter = true;
                } else {
                    from += run;
                }
            }
            if (run == 1 && !shorter) {
                return list;
            }
            run = Math.max(1, run / 2);
        }
    }
}
