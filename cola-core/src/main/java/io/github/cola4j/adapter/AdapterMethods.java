package io.github.cola4j.adapter;

import io.github.cola4j.services.Services;
import java.lang.ref.SoftReference;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.stream.Collectors;

/**
 * The methods by name: what {@link MethodProvider}s offer, those beside this class first, then
 * those that the thread's context class loader alone has.
 */
public final class AdapterMethods {
  /** What was found with a context class loader; softly held, since methods hold their loader. */
  private static final Map<ClassLoader, SoftReference<List<AdapterMethod>>> FOUND =
      Collections.synchronizedMap(new WeakHashMap<>());

  private AdapterMethods() {}

  /**
   * Every method.
   *
   * @throws IllegalArgumentException if a provider cannot be loaded, or two methods have one name
   */
  public static List<AdapterMethod> all() {
    List<AdapterMethod> methods =
        Services.all(MethodProvider.class, "the methods of adapting").stream()
            .flatMap(provider -> provider.methods().stream())
            .toList();
    requireDistinct(methods);
    FOUND.put(loader(), new SoftReference<>(methods));
    return methods;
  }

  private static void requireDistinct(List<AdapterMethod> methods) {
    Map<String, AdapterMethod> byName = new HashMap<>();
    for (AdapterMethod method : methods) {
      AdapterMethod other = byName.put(method.name(), method);
      if (other != null) {
        throw new IllegalArgumentException(
            "two methods of adapting have the name '"
                + method.name()
                + "': "
                + other.getClass().getName()
                + " and "
                + method.getClass().getName()
                + "; leave the jar of one of them out");
      }
    }
  }

  /**
   * The method of a name.
   *
   * @throws IllegalArgumentException naming the known ones
   */
  public static AdapterMethod named(String name) {
    AdapterMethod known = find(found(), name);
    if (known != null) {
      return known;
    }
    List<AdapterMethod> all = all(); // a jar may have come since
    AdapterMethod method = find(all, name);
    if (method == null) {
      throw new IllegalArgumentException(
          "unknown method '"
              + name
              + "'; there are "
              + all.stream().map(AdapterMethod::name).collect(Collectors.joining(", ")));
    }
    return method;
  }

  private static List<AdapterMethod> found() {
    SoftReference<List<AdapterMethod>> found = FOUND.get(loader());
    List<AdapterMethod> methods = found == null ? null : found.get();
    return methods == null ? List.of() : methods;
  }

  private static ClassLoader loader() {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    return context == null ? AdapterMethods.class.getClassLoader() : context;
  }

  private static AdapterMethod find(List<AdapterMethod> methods, String name) {
    return methods.stream().filter(method -> method.name().equals(name)).findFirst().orElse(null);
  }
}
