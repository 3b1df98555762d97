using System.Xml.Linq;
using Hearth.Architecture.Tests.Compiled;

namespace Hearth.Architecture.Tests.Rules;

/// <summary>What rooms use of each other and of the system, as they were compiled.</summary>
internal static class CompiledReferences
{
    /// <summary>The types of the system that give the environment, and their members that do.</summary>
    private static readonly TypeName environment = new("System", "Environment");
    private static readonly string[] environmentMembers = ["GetEnvironmentVariable", "GetEnvironmentVariables", "SetEnvironmentVariable", "ExpandEnvironmentVariables"];

    /// <summary>Only these compose, and know the environment that the program was started with.</summary>
    private static readonly string[] composers = ["Hearth.Cli", "Hearth.Worker"];

    /// <summary>A room uses other rooms only where these are beneath it.</summary>
    public static IEnumerable<string> Upward(CompiledRoom room) =>
        room.References.Where(used => !RoomReferences.IsAllowed(room.Name, used)).Select(used => $"{room.Name} may not use {used}, and does");

    /// <summary>A project file names the rooms that its code uses, and no other.</summary>
    public static IEnumerable<string> WronglyNamed(CompiledRoom room, SourceFile project)
    {
        string[] named = [.. XDocument.Parse(project.Text).Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value))];
        return
        [
            .. room.References.Except(named).Select(used => $"{project.Path} does not name {used}, which the code uses"),
            .. named.Except(room.References).Select(unused => $"{project.Path} names {unused}, which the code does not use"),
        ];
    }

    /// <summary>Environment variables are read where a program is composed; below, their values arrive as parameters.</summary>
    public static IEnumerable<string> EnvironmentReaders(CompiledRoom room) => composers.Contains(room.Name)
        ? []
        : room.Uses.Where(use => use.Used == environment && environmentMembers.Contains(use.Member)).Select(use => use.User.FullName).Distinct().Order(StringComparer.Ordinal);

    /// <summary>P/Invoke is in Hearth.Linux alone.</summary>
    public static IEnumerable<string> NativeMethods(CompiledRoom room) =>
        room.Name == "Hearth.Linux" ? [] : room.NativeMethods.Select(method => $"{method} is a native method outside Hearth.Linux");
}
