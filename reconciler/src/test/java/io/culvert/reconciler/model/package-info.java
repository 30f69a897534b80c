/**
 * The model check: random stories about one node, told in lines and played against a kernel, with the laws of DESIGN.md
 * checked after every step. A story that breaks a law is told again in as few lines as will do.
 */
package io.culvert.reconciler.model;
