package io.github.cola4j.model.loader;

import io.github.cola4j.services.Services;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The model loaders on the class path: those beside this class, and those that the thread's context
 * class loader has, such as a Spark application's own.
 */
public final class ModelLoaders {
  private ModelLoaders() {}

  /**
   * Opens a model with the loader for its location.
   *
   * @throws IllegalArgumentException if there is none for it, or the files are missing or invalid
   */
  public static ModelFiles open(String location) {
    List<ModelLoader> loaders = Services.all(ModelLoader.class, "the model loaders");
    return loaders.stream()
        .filter(loader -> loader.accepts(location))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "nothing on the class path loads the model '"
                        + location
                        + "': expected "
                        + loaders.stream()
                            .map(ModelLoader::loads)
                            .collect(Collectors.joining(", or "))
                        + "; for the file of a Deeplearning4j network add the jar of"
                        + " io.github.cola4j:cola-dl4j"))
        .open(location);
  }
}
