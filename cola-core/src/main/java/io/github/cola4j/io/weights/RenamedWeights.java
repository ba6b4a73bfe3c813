package io.github.cola4j.io.weights;

import io.github.cola4j.nn.stored.StoredMatrix;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Tensors of one or several files under their canonical names.
 *
 * @param tensors where each tensor is
 * @param unreadable the types of those that hold no floating-point numbers
 * @param files what is closed with this
 */
public record RenamedWeights(
    String source, Map<String, Place> tensors, Map<String, String> unreadable, List<Weights> files)
    implements Weights {

  /** A tensor's file and its name there. */
  public record Place(Weights file, String name) {}

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  /** What the file calls a tensor. */
  public String originalName(String name) {
    return place(name).name;
  }

  @Override
  public long[] shape(String name) {
    Place place = place(name);
    return place.file.shape(place.name);
  }

  @Override
  public void requireShape(String name, long... shape) {
    Place place = place(name);
    place.file.requireShape(place.name, shape);
  }

  private Place place(String name) {
    return TensorNames.get(tensors, unreadable, name, source);
  }

  @Override
  public float[] read(String name, long... shape) {
    Place place = place(name);
    return place.file.read(place.name, shape);
  }

  @Override
  public void read(String name, Rows rows, long... shape) {
    Place place = place(name);
    place.file.read(place.name, rows, shape);
  }

  @Override
  public StoredMatrix stored(String name, int out, int in) {
    Place place = place(name);
    return place.file.stored(place.name, out, in);
  }

  @Override
  public void close() {
    files.forEach(Weights::close);
  }
}
