package io.culvert.operator.cli.resource;

/** What a user asks for. */
public enum Intent {
    /** Create what is missing, modify what exists. */
    APPLY,
    /** Create; none may exist. */
    CREATE,
    /** Create what is missing, leave what exists as it is. */
    CREATE_MISSING,
    /** Modify; all must exist. */
    REPLACE
}
