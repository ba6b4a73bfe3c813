package io.github.cola4j.io;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Tensors of one or several files under their canonical names.
 *
 * @param tensors where each tensor is
 * @param files what is closed with this
 */
record RenamedWeights(String source, Map<String, Place> tensors, List<Weights> files)
    implements Weights {

  /** A tensor's file and its name there. */
  record Place(Weights file, String name) {}

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  /** What the file calls a tensor. */
  String originalName(String name) {
    return TensorNames.get(tensors, name, source).name;
  }

  @Override
  public long[] shape(String name) {
    Place place = TensorNames.get(tensors, name, source);
    return place.file.shape(place.name);
  }

  @Override
  public float[] read(String name, long... shape) {
    Place place = TensorNames.get(tensors, name, source);
    return place.file.read(place.name, shape);
  }

  @Override
  public void read(String name, Rows rows, long... shape) {
    Place place = TensorNames.get(tensors, name, source);
    place.file.read(place.name, rows, shape);
  }

  @Override
  public void close() {
    files.forEach(Weights::close);
  }
}
