package io.github.cola4j.io.weights;

import io.github.cola4j.nn.stored.StoredMatrix;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Tensors of one or several files under their canonical names.
 *
 * @param tensors where each tensor is
 * @param others where those are that hold no floating-point numbers
 * @param files what is closed with this
 */
public record RenamedWeights(
    String source, Map<String, Place> tensors, Map<String, Place> others, List<Weights> files)
    implements Weights {

  /** A tensor's file and its name there. */
  public record Place(Weights file, String name) {}

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  @Override
  public String originalName(String name) {
    return others.containsKey(name) ? others.get(name).name : place(name).name;
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

  @Override
  public Map<String, String> unreadable() {
    Map<String, String> types = new TreeMap<>();
    others.forEach((name, place) -> types.put(name, place.file.unreadable().get(place.name)));
    return types;
  }

  private Place place(String name) {
    return TensorNames.get(tensors, unreadable(), name, source);
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
  public FloatType type(String name) {
    Place place = place(name);
    return place.file.type(place.name);
  }

  @Override
  public RawTensor raw(String name) {
    Place place = others.containsKey(name) ? others.get(name) : place(name);
    return place.file.raw(place.name);
  }

  @Override
  public void close() {
    files.forEach(Weights::close);
  }
}
