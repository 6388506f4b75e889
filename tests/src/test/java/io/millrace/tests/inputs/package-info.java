/**
 * Wrong files, settings and places, tried as a user would, and the answer that the user gets.
 *
 * <p>Read {@link io.millrace.tests.inputs.WrongInputsTest} first, then {@link
 * io.millrace.tests.inputs.HostileFilesTest}. What must not come in: tests of a single parser,
 * which belong beside it.
 */
package io.millrace.tests.inputs;
