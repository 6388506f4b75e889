/**
 * Benchmarks against named peers or limits, whose figures come from the same run.
 *
 * <p>Each class is one row of the project's table of speeds, prints its own table and asserts that
 * both sides did the same work; {@link io.millrace.tests.bench.StaticMapBench} is a short one to
 * read first. They are tagged {@code bench} and run with {@code ./mvnw -Pbench test -pl tests -am
 * -Dtest=NAME -Dsurefire.failIfNoSpecifiedTests=false}. Times are processor times, as machines are
 * rarely idle, and the sides take turns.
 */
package io.millrace.tests.bench;
