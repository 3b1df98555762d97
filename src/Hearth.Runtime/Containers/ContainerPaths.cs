namespace Hearth.Runtime.Containers;

/// <summary>The paths of a request, which another process with another working directory will use.</summary>
internal static class ContainerPaths
{
    public static RunRequest MakeAbsolute(RunRequest request) => request with
    {
        Notice = _ => { },
        Spec = request.Spec with { Root = request.Spec.Root! with { Path = Path.GetFullPath(request.Spec.Root.Path) } },
        ConsoleLog = Absolute(request.ConsoleLog),
        JailBase = Absolute(request.JailBase),
        InitPath = Absolute(request.InitPath),

        // A kernel is a name of the store, unless it leads somewhere.
        Kernel = request.Kernel is { } kernel && kernel.Contains('/', StringComparison.Ordinal) ? Path.GetFullPath(kernel) : request.Kernel,
        Rootfs = request.Rootfs with { Binds = [.. request.Rootfs.Binds.Select(bind => bind with { Source = Path.GetFullPath(bind.Source) })] },
    };

    private static string? Absolute(string? path) => string.IsNullOrEmpty(path) ? null : Path.GetFullPath(path);
}
