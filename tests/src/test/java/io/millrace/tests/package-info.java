/**
 * What the test packages share.
 *
 * <p>Read {@link io.millrace.tests.ProjectRoot} first. What must not come in: anything that a
 * single module could test by itself.
 */
package io.millrace.tests;
