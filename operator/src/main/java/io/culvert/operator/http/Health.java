package io.culvert.operator.http;

/** @param reason one or more lines for a person */
public record Health(boolean good, String reason) {}
