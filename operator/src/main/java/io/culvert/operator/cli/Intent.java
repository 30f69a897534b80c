package io.culvert.operator.cli;

/** What a user wants done with the resources in files. */
enum Intent {
    /** Create what is missing, modify what exists. */
    APPLY,
    /** Create; none may exist. */
    CREATE,
    /** Create what is missing, leave what exists as it is. */
    CREATE_MISSING,
    /** Modify; all must exist. */
    REPLACE
}
