// Sample tables and the options of loaders.

#include <optional>
#include <utility>

#include "binding/convert_parts.h"

namespace ijepa::binding {

namespace {

// A view of a column of the sample table, with `rows` elements of T.
template <typename T>
const T* column(const Napi::Object& table, const char* name, napi_typedarray_type type, size_t rows) {
  const Napi::Value value = table.Get(name);
  if (!value.IsTypedArray()) refuse(name, "a typed array");
  const auto array = value.As<Napi::TypedArray>();
  if (array.TypedArrayType() != type) refuse(name, "a typed array of the type in binding.gyp.d.ts");
  if (array.ElementLength() != rows) refuse(name, "as many rows as the table has");
  auto* bytes = static_cast<const uint8_t*>(array.ArrayBuffer().Data());
  return reinterpret_cast<const T*>(bytes + array.ByteOffset());
}

std::variant<std::string, Bytes> to_file(const Napi::Value& value) {
  if (value.IsString()) return to_text(value, "files");
  return to_bytes(value, "files");
}

// Of AugmentationOptions.randAugment; null: none.
RandAugment to_rand_augment(const Napi::Value& value) {
  if (value.IsNull()) return {};
  const auto object = to_object(value, "randAugment");
  const auto number = [&](const char* name) { return to_number(object.Get(name), name); };
  return {to_integer(object.Get("layers"), "layers"),
          number("probability"),
          number("magnitude"),
          number("magnitudeStd"),
          to_bool(object.Get("uniform"), "uniform"),
          number("magnitudeMax"),
          to_bool(object.Get("increasing"), "increasing")};
}

// Of LoaderOptions.augmentation; undefined: none.
Augmentation to_augmentation(const Napi::Value& value) {
  Augmentation augmentation;
  if (value.IsUndefined()) return augmentation;
  const auto object = to_object(value, "augmentation");
  const auto number = [&](const char* name) { return to_number(object.Get(name), name); };
  augmentation.rand_augment = to_rand_augment(object.Get("randAugment"));
  augmentation.color_jitter = {number("brightness"), number("contrast"), number("saturation"), number("hue")};
  augmentation.erasing.probability = number("erasing");
  augmentation.erasing.mode = to_choice<ErasingMode>(
      object.Get("erasingMode"), "erasingMode",
      {{"const", ErasingMode::kConst}, {"rand", ErasingMode::kRand}, {"pixel", ErasingMode::kPixel}});
  augmentation.mean = to_triple(object.Get("mean"), "mean");
  augmentation.std = to_triple(object.Get("std"), "std");
  return augmentation;
}

// Of LoaderOptions.corruption; undefined: none.
std::optional<Corruption> to_corruption(const Napi::Value& value) {
  if (value.IsUndefined()) return std::nullopt;
  const auto object = to_object(value, "corruption");
  const auto kind = corruption_named(to_text(object.Get("name"), "name"));
  if (!kind) refuse("name", "the name of a corruption of ImageNet-C");
  const int64_t severity = to_integer(object.Get("severity"), "severity");
  if (severity < 0 || severity > 5) refuse("severity", "1 to 5, or 0 for none");
  return Corruption{*kind, static_cast<int>(severity), static_cast<uint64_t>(to_integer(object.Get("seed"), "seed"))};
}

// Of LoaderOptions.perturbation; undefined: none.
std::optional<Perturbation> to_perturbation(const Napi::Value& value) {
  if (value.IsUndefined()) return std::nullopt;
  const auto object = to_object(value, "perturbation");
  const auto kind = perturbation_named(to_text(object.Get("name"), "name"));
  if (!kind) refuse("name", "the name of a perturbation");
  const double strength = to_number(object.Get("strength"), "strength");
  return Perturbation{*kind, strength, static_cast<uint64_t>(to_integer(object.Get("seed"), "seed"))};
}

}  // namespace

std::shared_ptr<const SampleTable> to_sample_table(const Napi::Value& value) {
  const auto object = to_object(value, "table");
  auto table = std::make_shared<SampleTable>();
  table->files = to_list(object.Get("files"), "files", to_file);
  const Napi::Value first = object.Get("file");
  if (!first.IsTypedArray()) refuse("file", "an Int32Array");
  const size_t rows = first.As<Napi::TypedArray>().ElementLength();
  const auto* file = column<int32_t>(object, "file", napi_int32_array, rows);
  const auto* offset = column<double>(object, "offset", napi_float64_array, rows);
  const auto* length = column<double>(object, "length", napi_float64_array, rows);
  const auto* format = column<uint8_t>(object, "format", napi_uint8_array, rows);
  const auto* width = column<int32_t>(object, "width", napi_int32_array, rows);
  const auto* height = column<int32_t>(object, "height", napi_int32_array, rows);
  const auto* channels = column<uint8_t>(object, "channels", napi_uint8_array, rows);
  const auto* label = column<int32_t>(object, "label", napi_int32_array, rows);
  table->samples.resize(rows);
  for (size_t i = 0; i < rows; ++i) {
    if (file[i] < 0 || static_cast<size_t>(file[i]) >= table->files.size()) refuse("file", "indices of files");
    if (!(offset[i] >= 0 && offset[i] < 1e15) || !(length[i] >= 0 && length[i] < 1e15))
      refuse("offset and length", "numbers of bytes");
    if (format[i] > 2) refuse("format", "0, 1 or 2");
    table->samples[i] = {file[i],
                         static_cast<int64_t>(offset[i]),
                         static_cast<int64_t>(length[i]),
                         static_cast<SampleFormat>(format[i]),
                         width[i],
                         height[i],
                         channels[i],
                         label[i]};
  }
  return table;
}

LoaderOptions to_loader_options(const Napi::Value& value) {
  const auto object = to_object(value, "options");
  const auto number = [&](const char* name) { return to_number(object.Get(name), name); };
  const auto positive = [&](const char* name) {
    const int64_t integer = to_integer(object.Get(name), name);
    if (integer < 1) refuse(name, "a number above 0");
    return integer;
  };
  LoaderOptions options;
  options.height = positive("height");
  options.width = positive("width");
  options.resize = to_choice<ResizeMode>(object.Get("resize"), "resize",
                                         {{"shortest", ResizeMode::kShortest},
                                          {"squash", ResizeMode::kSquash},
                                          {"pad", ResizeMode::kPad},
                                          {"crop", ResizeMode::kCrop}});
  options.crop_fraction = number("cropFraction");
  options.interpolation =
      to_choice<Interpolation>(object.Get("interpolation"), "interpolation",
                               {{"bicubic", Interpolation::kBicubic}, {"bilinear", Interpolation::kBilinear}});
  options.alpha = to_choice<AlphaPolicy>(object.Get("alpha"), "alpha",
                                         {{"white", AlphaPolicy::kWhite}, {"ignore", AlphaPolicy::kIgnore}});
  options.decoding = to_choice<Decoding>(object.Get("decoding"), "decoding",
                                         {{"exact", Decoding::kExact}, {"fast", Decoding::kFast}});
  options.scale_min = number("scaleMin");
  options.scale_max = number("scaleMax");
  options.ratio_min = number("ratioMin");
  options.ratio_max = number("ratioMax");
  options.retries = to_bool(object.Get("retries"), "retries");
  options.flip = number("flip");
  options.augmentation = to_augmentation(object.Get("augmentation"));
  options.corruption = to_corruption(object.Get("corruption"));
  options.perturbation = to_perturbation(object.Get("perturbation"));
  options.batch_size = positive("batchSize");
  options.drop_last = to_bool(object.Get("dropLast"), "dropLast");
  options.threads = static_cast<int>(positive("threads"));
  options.seed = static_cast<uint64_t>(to_integer(object.Get("seed"), "seed"));
  options.max_pixels = positive("maxPixels");
  options.on_bad_image = to_choice<BadImagePolicy>(
      object.Get("onBadImage"), "onBadImage", {{"throw", BadImagePolicy::kThrow}, {"skip", BadImagePolicy::kSkip}});
  return options;
}

}  // namespace ijepa::binding
