using Tomlyn.Serialization;

namespace Hearth.Images.Sources.Registry.Settings.Files;

[TomlSerializable(typeof(RegistriesFile))]
internal sealed partial class RegistriesToml : TomlSerializerContext;
