package io.github.cola4j.data.jinja.eval;

import io.github.cola4j.data.jinja.value.Arithmetic;
import io.github.cola4j.data.jinja.value.TemplateException;
import io.github.cola4j.data.jinja.value.Values;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The values of a call of a function, filter or test; each must be taken. */
record CallArguments(List<Object> positional, Map<String, Object> named) {
  static final CallArguments NONE = new CallArguments(List.of(), Map.of());

  /** Refuses what a function does not have. */
  CallArguments require(String function, int least, List<String> names) {
    if (positional.size() > names.size() || !Set.copyOf(names).containsAll(named.keySet())) {
      throw new TemplateException(
          function
              + " takes the arguments "
              + names
              + ", got "
              + positional.size()
              + " and "
              + named.keySet());
    }
    for (int i = 0; i < names.size(); i++) {
      boolean given = i < positional.size();
      if (given && named.containsKey(names.get(i))) {
        throw new TemplateException(function + " got " + names.get(i) + " twice");
      }
      if (i < least && !given && !named.containsKey(names.get(i))) {
        throw new TemplateException(function + " needs " + names.get(i));
      }
    }
    return this;
  }

  boolean has(int index, String name) {
    return index < positional.size() || named.containsKey(name);
  }

  Object get(int index, String name, Object otherwise) {
    return index < positional.size() ? positional.get(index) : named.getOrDefault(name, otherwise);
  }

  String string(int index, String name, String otherwise) {
    Object value = get(index, name, otherwise);
    if (value == null || value instanceof String) {
      return (String) value;
    }
    throw new TemplateException(name + " must be a str, got " + Values.type(value));
  }

  /** A number of characters, times or digits. */
  long integer(int index, String name, long otherwise) {
    Object value = get(index, name, otherwise);
    if (Arithmetic.isInteger(value)) {
      return Arithmetic.integer(value);
    }
    throw new TemplateException(name + " must be an int, got " + Values.type(value));
  }

  boolean flag(int index, String name, boolean otherwise) {
    return Values.isTrue(get(index, name, otherwise));
  }
}
