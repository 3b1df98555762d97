using System.Text;

namespace Hearth.FileTree.Overlaying;

/// <summary>
/// Resolves one destination as a process whose root is the overlay would: it follows links, absolute ones from the root, and
/// ".." of the root is the root. It changes nothing until the whole path is known to be usable.
/// </summary>
internal sealed class DestinationPath
{
    /// <summary>NAME_MAX of linux/limits.h.</summary>
    private const int MostNameBytes = 255;

    private readonly OverlayView view;
    private readonly string destination;
    private readonly Stack<byte[]> left = new();
    private readonly List<Step> steps = [new Step(Place.Root, [], IsMissing: false)];
    private int links;

    public DestinationPath(OverlayView view, string destination)
    {
        this.view = view;
        this.destination = destination;
        PathNames.Push(left, Encoding.UTF8.GetBytes(destination));
    }

    /// <summary>Makes the missing directories of the path, and sets its last name to the place.</summary>
    public void Overlay(Place place)
    {
        Resolve();
        Step last = steps[^1];
        if (steps.Count == 1)
        {
            throw Refuse(FileTreeError.InvalidDestination, "it is the root itself; give that directory as the root instead");
        }

        bool isDirectory = view.NodeOf(place).Type == NodeType.Directory;
        if (!last.IsMissing && isDirectory != (view.NodeOf(last.Place).Type == NodeType.Directory))
        {
            throw Refuse(FileTreeError.NotADirectory, isDirectory
                ? "it is not a directory, and the source is one"
                : "it is a directory, and the source is not");
        }

        for (int i = 1; i < steps.Count; i++)
        {
            bool isLast = i == steps.Count - 1;
            if (isLast || steps[i].IsMissing)
            {
                view.Set(steps[i - 1].Place, steps[i].Name, isLast ? place : steps[i].Place);
            }
        }
    }

    private void Resolve()
    {
        while (left.TryPop(out byte[]? name))
        {
            if (view.NodeOf(steps[^1].Place).Type != NodeType.Directory)
            {
                throw Refuse(FileTreeError.NotADirectory, $"'{PathOf(steps)}' in its path is not a directory");
            }

            if (name.AsSpan().SequenceEqual(".."u8))
            {
                if (steps.Count > 1)
                {
                    steps.RemoveAt(steps.Count - 1);
                }
            }
            else
            {
                Enter(name);
            }
        }
    }

    private void Enter(byte[] name)
    {
        if (name.Length > MostNameBytes || name.Contains((byte)0))
        {
            throw Refuse(FileTreeError.InvalidDestination, $"'{Encoding.UTF8.GetString(name)}' is not a valid file name");
        }

        Place? found = steps[^1].IsMissing ? null : view.Find(steps[^1].Place, name);
        if (found is not { } place)
        {
            steps.Add(new Step(view.MakeDirectory(), name, IsMissing: true));
            return;
        }

        if (view.NodeOf(place).Type != NodeType.SymbolicLink)
        {
            steps.Add(new Step(place, name, IsMissing: false));
            return;
        }

        if (++links > PathNames.MostLinks)
        {
            throw Refuse(FileTreeError.TooManyLinks, $"its path has more than {PathNames.MostLinks} symbolic links, the last one '{PathOf(steps)}/{Encoding.UTF8.GetString(name)}'");
        }

        ReadOnlySpan<byte> target = view.LinkTargetOf(place);
        if (target.StartsWith("/"u8))
        {
            steps.RemoveRange(1, steps.Count - 1);
        }

        PathNames.Push(left, target);
    }

    private FileTreeException Refuse(FileTreeError error, string cause) => new(error, $"cannot overlay '{destination}': {cause}");

    private static string PathOf(List<Step> steps) => string.Join('/', steps.Select(step => Encoding.UTF8.GetString(step.Name)));

    private readonly record struct Step(Place Place, byte[] Name, bool IsMissing);
}
