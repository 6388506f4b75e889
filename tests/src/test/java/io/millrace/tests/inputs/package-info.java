/**
 * Wrong files, settings and places, tried as a user would, and what the user is told.
 *
 * <p>Read {@link io.millrace.tests.inputs.WrongInputsTest} first. What must not come in: tests of a
 * single parser, which belong beside it.
 */
package io.millrace.tests.inputs;
