using Hearth.Containers;
using Hearth.Distribution;

namespace Hearth.Client.Images;

/// <summary>Converts failures of images to those of this library.</summary>
internal static class ImageFailures
{
    public static HearthException Translate(ImageException exception) => new(KindOf(exception.Error), exception.Message, exception);

    public static T Attempt<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (ImageException exception)
        {
            throw Translate(exception);
        }
    }

    public static async Task<T> AttemptAsync<T>(Func<Task<T>> act)
    {
        try
        {
            return await act().ConfigureAwait(false);
        }
        catch (ImageException exception)
        {
            throw Translate(exception);
        }
    }

    private static HearthError KindOf(ImageError error) => error switch
    {
        ImageError.InvalidRequest => HearthError.InvalidRequest,
        ImageError.Unknown => HearthError.ImageUnknown,
        ImageError.StorageFailed or ImageError.LimitExceeded => HearthError.StorageFailed,
        ImageError.InUse => HearthError.WrongState,
        _ => HearthError.ImageUnavailable,
    };
}
