/**
 * Which package may use which, as rules that fail the build.
 *
 * <p>Read {@link io.millrace.tests.architecture.HouseRules} first, where each rule says why it is
 * there; {@link io.millrace.tests.architecture.HouseRulesTest} runs them on Millrace, and on a
 * small house built wrongly ({@code broken}) to see that each of them can fail.
 */
package io.millrace.tests.architecture;
