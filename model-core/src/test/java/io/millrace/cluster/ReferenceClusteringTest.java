package io.millrace.cluster;

class ReferenceClusteringTest extends ClustererContract {

  @Override
  Clusterer clusterer() {
    return new ReferenceClustering();
  }
}
