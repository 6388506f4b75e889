/**
 * What the folder deploy and docker-compose.yml name is there: files, options, metrics, sections.
 *
 * <p>Read {@link io.millrace.tests.compose.ComposeTest} and {@link
 * io.millrace.tests.compose.KubernetesTest} first. What must not come in: a need for Docker or for
 * a cluster.
 */
package io.millrace.tests.compose;
