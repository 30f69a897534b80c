/**
 * The model check: random stories about one node, written as lines and played against a kernel. The laws of DESIGN.md
 * are checked after every step. A story that breaks a law is shortened to as few lines as possible.
 */
package io.culvert.reconciler.model;
