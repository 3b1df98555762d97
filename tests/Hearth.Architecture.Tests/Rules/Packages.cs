using System.Xml.Linq;

namespace Hearth.Architecture.Tests.Rules;

/// <summary>A project that is a NuGet package references only projects that are packages too: else nobody can restore it.</summary>
internal static class Packages
{
    public static IEnumerable<string> Incomplete(IEnumerable<SourceFile> projects)
    {
        SourceFile[] all = [.. projects];
        HashSet<string> packable = [.. all.Where(IsPackable).Select(project => project.Name)];
        return
            from project in all.Where(IsPackable)
            from reference in XDocument.Parse(project.Text).Descendants("ProjectReference")
            let room = Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)
            where !packable.Contains(room)
            select $"{project.Path}: the package {project.Name} needs {room}, which is no package";
    }

    private static bool IsPackable(SourceFile project) =>
        XDocument.Parse(project.Text).Descendants("IsPackable").Any(property => (bool)property);
}
