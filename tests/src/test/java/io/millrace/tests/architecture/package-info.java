/**
 * Which package may use which, as rules that fail the build, and pages that must say what is there.
 *
 * <p>Read {@link io.millrace.tests.architecture.HouseRules} first, where each rule says why it is
 * there, then {@link io.millrace.tests.architecture.HouseRulesTest}. It checks the rules on
 * Millrace, and on a small house that is built wrongly ({@code broken}) to prove that each of them
 * can fail. What must not come in: a rule without a case that breaks it.
 */
package io.millrace.tests.architecture;
