/**
 * Benchmarks against named peers or limits, whose figures come from the same run.
 *
 * <p>Read {@link io.millrace.tests.bench.StaticMapBench} first, a short one, then {@link
 * io.millrace.tests.bench.BenchResults}, which appends the figures to a file. Each class is one row
 * of the project's table of speeds, prints its own table, and asserts that both sides did the same
 * work. They are tagged {@code bench} and run with {@code ./mvnw -Pbench test -pl tests -am
 * -Dtest=NAME -Dsurefire.failIfNoSpecifiedTests=false}. Times are processor times, as machines are
 * rarely idle, and the sides take turns. What must not come in: a figure that is compared with one
 * of another run.
 */
package io.millrace.tests.bench;
